"""How English editions write days, in place of Django's American way. Other languages keep Django's."""

DATE_FORMAT = "j M Y"
FULL_DATE_FORMAT = "j F Y"  # ours, for sentences
DATETIME_FORMAT = "j M Y H:i"
TIME_FORMAT = "H:i"
MONTH_DAY_FORMAT = "j M"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y H:i"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]
FIRST_DAY_OF_WEEK = 1
