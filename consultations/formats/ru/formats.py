"""Russian: «9 июня», «9 июня 2025 г., 09:05»; `E` is the month in the genitive."""

MONTH_DAY_FORMAT = "j E"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j E Y г., H:i"
TIME_INPUT_FORMATS = ["%H:%M", "%H.%M", "%H:%M:%S"]
