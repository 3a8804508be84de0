"""What all pages share: the day, language, errors, security headers, health, and the overview."""
