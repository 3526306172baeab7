"""The shapes that travel over HTTP, a file for each noun. Names are design.md's; checked from outside: do not rename."""
