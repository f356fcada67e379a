"""What a compile leaves behind for reports: accounts for people, nothing is computed from them.

``mapping.json`` and ``target.json`` are files of the bundle, the same for every backend.
``build-info.json`` is beside them: it says how the compilation went, which is another time another
thing.
"""
