"""Labels, facts and checks for other programs: what the columns are, the rows, and the file formats."""
