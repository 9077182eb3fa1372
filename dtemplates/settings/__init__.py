"""The one file that a user writes: its models, how it is read, and what it cannot be."""
