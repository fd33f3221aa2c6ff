"""`holdfast doctor`: what will keep a fleet from running, found before it runs.

A check is in two parts. What gathers **evidence** reads the file, the machine or the network;
the evidence is plain data, and judges itself purely (`Evidence.judge`) into a `Finding`: a verdict,
what was found, and what to do. `examine` has the table of checks that need no network, and visits
the hosts in parallel (`visit`, step by step with the fleet's own wire code).
"""
