"""Findings as people, programs, GitHub and code scanners read them: pure, a text each."""
