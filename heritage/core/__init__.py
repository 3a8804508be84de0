"""Clock, geodesy, dates, texts, safe files, errors: no Flask, no database, nothing of ours."""
