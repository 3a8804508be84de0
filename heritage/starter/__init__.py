"""A small register and a week of May 2015, written by hand from public facts."""
