"""How fast trackfuse is, beside other libraries on the same data. `trackfuse bench` prints the table."""
