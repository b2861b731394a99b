"""Names shared by the parts of the demo."""

MODEL, VERSION = "flight-delay", "2013-04"
LATE, ON_TIME = "late", "on_time"

CATEGORICAL = ("carrier", "origin", "dest", "weekday")
WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
FEATURES = (*CATEGORICAL, "scheduled_hour", "distance", *WEATHER)

SCORE_COLUMN = "score_late"
"""The score's column in the reference table."""
