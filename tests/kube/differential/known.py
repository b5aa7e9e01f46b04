"""Where the embedded API answers otherwise than a real one, and why that is left so. Every entry is needed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """`pattern` is matched with `case/step.path.of.the.difference`, with wildcards of a shell."""

    pattern: str
    why: str


_UNUSED = "a check of a kind or field that neither the tool nor the workloads in this repository use"
_NOBODYS = "whose field it is differs; the object does not"
_ZERO = "Go writes the zero of this type otherwise; clients read both alike"

KNOWN: tuple[Known, ...] = (
    # Objects
    Known("*-persistentvolumeclaims/*.metadata.finalizers", "no controller here would take pvc-protection away again"),
    Known("wrong-persistentvolumeclaims/delete.body.metadata.deletion*", "the same finalizer holds the claim"),
    Known("life-*roles/*.rules", _ZERO),
    Known("apply-status/*.conditions*.lastHeartbeatTime", _ZERO),
    Known("apply-status/*.conditions*.message", _ZERO),
    Known("life-priorityclasses/apply for show.body.metadata.generation", "PriorityClass keeps its first generation"),
    Known("read-gpu/pod.body.spec.tolerations", "the same tolerations in another order"),
    Known("wrong-pods/41.body.spec.terminationGracePeriodSeconds", "negative seconds are read as 1"),
    Known("wrong-jobs/1.body.metadata.labels", "a Job without labels takes those of its template"),
    Known("wrong-configmaps/19.body.metadata.resourceVersion", "a dry run hands back a version that was never stored"),
    # Watches
    Known("life-pods/watched*", "a pod that goes at once is shown once more before it goes"),
    Known("life-jobs/watched*", "the orphan finalizer is still on the last state of a Job"),
    Known(
        "life-clusterroles/watched*", "rules: null, as above; the answers are compared as a whole where events differ"
    ),
    # Managed fields
    Known("life-daemonsets/*.managedFields*", _NOBODYS + ": the annotation that a default writes"),
    Known("life-clusterroles/*.managedFields", _NOBODYS + ": an empty list that two managers wish"),
    Known("*networkpolicies/*.f:podSelector", _NOBODYS + ": the empty selector"),
    Known("wrong-services/*.f:nodePort", _NOBODYS + ": the port that the server chose"),
    Known("wrong-pods/10.body.metadata.managedFields*", _NOBODYS + ": of two ports with one key"),
    Known("*.managedFields*.time", "no time on an entry that did not change"),
    Known("odd-scale/*.f:replicas", _NOBODYS + ": replicas that were scaled to what they were"),
    Known("odd-others/a token review.*.managedFields", "a review is kept nowhere, and nobody's"),
    Known("delete-orphan/*.f:ownerReferences", _NOBODYS + ": the reference that the garbage collector took away"),
    Known(
        "apply-map/no longer managed*", "managed fields cannot be cleared here, so that nothing is `before-first-apply`"
    ),
    Known("apply-map/after that*", "the same"),
    Known("apply-map/let go*", "the same"),
    # Refusals
    Known("life-pods/put.causes", "refused by both, here with one cause fewer"),
    Known("life-jobs/put.causes", "refused by both, here with fewer causes"),
    Known("wrong-*sets/6.causes*", "refused by both: a missing selector is not compared with the template's labels"),
    Known("wrong-deployments/6.causes", "the same"),
    Known("wrong-pods/10.warned", "the only warnings here are those of unknown fields"),
    Known("wrong-configmaps/21*", "times are not parsed when they are set by a client: the server sets its own"),
    Known("wrong-services/10*", _UNUSED),
    Known("wrong-resourcequotas/4*", _UNUSED),
    Known("wrong-limitranges/4*", _UNUSED),
    Known("wrong-jobs/11*", _UNUSED),
    Known("wrong-ingresses/5*", _UNUSED),
    Known("wrong-networkpolicies/4*", _UNUSED),
    Known("wrong-nodes/4*", _UNUSED),
    Known("wrong-nodes/5*", _UNUSED),
    Known("wrong-bodies/patch media*", "refused by both: the object is looked for first here"),
    Known("wrong-bodies/no such *.reason", "refused by both: a Status here, plain text there"),
)
