"""The report: a page and a PDF with figures and tables, and the export of results."""
