"""Names shared by the parts of the demo."""

MODEL, VERSION = "flight-delay", "2013-04"
CHALLENGER_VERSION = "2013-04-schedule"
"""A challenger that knows the schedule and no weather; it answers the same requests."""
MINUTES_MODEL = "flight-delay-minutes"
"""A second model, a regression: how many minutes late?"""
MINUTES_ORIGIN = "JFK"
"""The second model predicts flights from here."""
LATE, ON_TIME = "late", "on_time"

CATEGORICAL = ("carrier", "origin", "dest", "weekday")
WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
SCHEDULE = (*CATEGORICAL, "scheduled_hour", "distance")
FEATURES = (*SCHEDULE, *WEATHER)

SCORE_COLUMN = "score_late"
"""The score's column in the reference table."""
