"""What happened: versions of reported events, and the happenings they tell of."""
