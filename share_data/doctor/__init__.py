"""What is installed, what is missing and how to get it. Reads only: no file is written and no network is touched."""
