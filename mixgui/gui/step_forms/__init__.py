"""One small form a step of the data preparation: fields in, a step out."""
