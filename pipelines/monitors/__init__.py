"""What watches a served model: each monitor compares live rows with what the release was trained and judged on."""
