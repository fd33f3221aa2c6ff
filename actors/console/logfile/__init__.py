"""`holdfast logs`: what stands in the JSON lines that holdfast has written.

`command` has the options; `sources` and `follow` bring blocks of whole lines (`blocks`); `search`
finds in them what the `filters` let pass, after `needles` has said where that could be; a `report`
(`lines`, `stats`, `timeline`) takes what was found.
"""
