"""The stages of a build: what each computes, under which key, and what it stores."""
