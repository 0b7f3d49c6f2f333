"""Which frames are lost: what is damaged, missing or rests on such is left out, and counted."""
