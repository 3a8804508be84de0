"""Photographs and other files that come with reports: sealed as they came, shown only as cleaned copies."""
