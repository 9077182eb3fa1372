"""`python -m dtemplates`."""

from dtemplates.cli import main

main()
