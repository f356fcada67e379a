"""Partition by Mt-KaHyPar or METIS; run by an interpreter that has them (`bench.mapping`).

    PYTHON peer_partition.py {METIS,Mt-KaHyPar} network.npz cluster.npy ROOM

Prints CPU seconds, those of making the peer's own hypergraph or graph not counted.
"""

import json
import sys
import time

import numpy as np


def kahypar(start, target, rate, clusters, room):
    """Mt-KaHyPar, default preset, one thread, connectivity (lambda - 1)."""
    import mtkahypar

    neurons = len(rate)
    library = mtkahypar.initialize(1, False)
    context = library.context_from_preset(mtkahypar.PresetType.DEFAULT)
    mtkahypar.set_seed(1)
    slack = clusters * room / neurons - 1
    context.set_partitioning_parameters(clusters, slack, mtkahypar.Objective.KM1)
    context.set_individual_target_block_weights([room] * clusters)
    context.logging = False
    nets = [[*target[start[i] : start[i + 1]].tolist(), i] for i in range(neurons)]
    kept = [i for i in range(neurons) if len(nets[i]) > 1]
    graph = library.create_hypergraph(
        context,
        neurons,
        len(kept),
        [nets[i] for i in kept],
        [1] * neurons,
        rate[kept].tolist(),
    )
    begin = time.process_time()
    partition = graph.partition(context)
    return np.array(partition.get_partition()), time.process_time() - begin


def metis(start, target, rate, clusters, room):
    """METIS on the graph of synapses weighted by rate."""
    import pymetis
    import scipy.sparse

    neurons = len(rate)
    weight = np.repeat(rate, np.diff(start))
    one_way = scipy.sparse.csr_matrix((weight, target, start), shape=(neurons, neurons))
    both = (one_way + one_way.T).tocsr()
    both.setdiag(0)
    both.eliminate_zeros()
    slack = max(1, int((clusters * room / neurons - 1) * 1000))
    begin = time.process_time()
    answer = pymetis.part_graph(
        clusters,
        adjacency=pymetis.CSRAdjacency(both.indptr.astype(np.int64), both.indices.astype(np.int64)),
        eweights=both.data.tolist(),
        options=pymetis.Options(ufactor=slack, seed=1, ncuts=1),
        recursive=False,
    )
    return np.array(answer.vertex_part), time.process_time() - begin


def main():
    """Partition, save, and say how long it took."""
    name, given, answer, room = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    net = np.load(given)
    clusters = -(-len(net["rate"]) // room)
    method = {"METIS": metis, "Mt-KaHyPar": kahypar}[name]
    cluster, seconds = method(net["start"], net["target"], net["rate"], clusters, room)
    np.save(answer, cluster.astype(np.int32))
    print(json.dumps({"cpu": seconds}))


if __name__ == "__main__":
    main()
