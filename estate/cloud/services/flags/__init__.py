"""AppConfig: flags that are given out step by step, and taken back."""
