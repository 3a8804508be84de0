"""A site's dossier beyond the page: its time line, the two-page brief on paper, and versions kept for citing."""
