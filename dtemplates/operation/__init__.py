"""Plans carried out: applied, compared, watched, scaled and taken back, by the tools themselves."""
