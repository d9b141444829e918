"""What was published beside what is computed: the validation of flights, and the backtest of past warnings."""
