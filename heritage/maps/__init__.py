"""GeoJSON for the maps; reads, never writes."""
