from somac.testing import BackendConformance


class TestTinychip(BackendConformance):
    target = "tinychip"
