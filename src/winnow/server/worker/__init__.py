"""The slow verbs: jobs claimed from the table, with a lease, a heartbeat and a fencing token.

Stages talk through rows and do not import each other. A killed worker's job is taken up by the next one and
continues from what is stored: see docs/adr/0003 for why the queue is a table.
"""
