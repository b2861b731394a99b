"""Single values: types, formats, rules, skew, copies, constancy."""
