"""The programs that do the work: which there must be, and how they are started."""
