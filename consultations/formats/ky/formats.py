"""Kyrgyz: «2025-жылдын 9-июну», year first; `E` is the month after a date, from consultations/locale/ky/."""

DATE_FORMAT = "Y-жылдын j-E"
YEAR_MONTH_FORMAT = "Y-жылдын E"
MONTH_DAY_FORMAT = "j-F"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y-жылдын j-E, H:i"
TIME_INPUT_FORMATS = ["%H:%M", "%H.%M", "%H:%M:%S"]
DECIMAL_SEPARATOR = ","
