"""`status`: what there is of the plan, as the tools tell it, and what to do next."""
