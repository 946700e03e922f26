"""Reports that people look at: one HTML file with plots, tables and a viewer of pictures."""
