"""Which steps lead from settings to running jobs, in which order. Nothing here starts anything."""
