"""The verbs of the command line, a file each: parse, call one function, render. Heavy imports wait for the call."""
