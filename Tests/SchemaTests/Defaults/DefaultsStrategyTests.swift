import Schema
import Testing
import Values

@Suite("What the registry does to objects")
struct DefaultsStrategyTests {
  private let deployment = GroupVersion(group: "apps", version: "v1").kind("Deployment")
  private let pod = GroupVersion(group: "", version: "v1").kind("Pod")

  @Test("A new object's status is its kind's, whatever was sent")
  func create() {
    var object: Value = ["metadata": ["name": "d"], "spec": [:], "status": ["replicas": 3]]
    Strategy.prepareForCreate(&object, kind: deployment)
    #expect(object == ["metadata": ["name": "d", "generation": 1], "spec": [:], "status": [:]])
  }

  @Test("An update leaves the status and makes a generation of a new spec or new annotations")
  func update() {
    let old: Value = [
      "metadata": ["generation": 4], "spec": ["replicas": 1], "status": ["replicas": 1],
    ]
    var same: Value = ["metadata": ["generation": 9], "spec": ["replicas": 1], "status": ["replicas": 7]]
    Strategy.prepareForUpdate(&same, old: old, kind: deployment)
    #expect(same == old)
    var scaled: Value = ["metadata": [:], "spec": ["replicas": 2]]
    Strategy.prepareForUpdate(&scaled, old: old, kind: deployment)
    #expect(scaled == ["metadata": ["generation": 5], "spec": ["replicas": 2], "status": ["replicas": 1]])
    var noted: Value = ["metadata": ["annotations": ["a": "b"]], "spec": ["replicas": 1]]
    Strategy.prepareForUpdate(&noted, old: old, kind: deployment)
    #expect(noted["metadata"]?["generation"] == 5)
  }

  @Test("A status update leaves all else")
  func status() {
    let old: Value = [
      "metadata": ["generation": 4, "labels": ["a": "b"]], "spec": ["replicas": 1], "status": ["replicas": 1],
    ]
    var new: Value = ["metadata": ["labels": [:]], "spec": ["replicas": 5], "status": ["replicas": 7]]
    Strategy.prepareForUpdate(&new, old: old, kind: deployment, subresource: "status")
    var expected = old
    expected["status"] = ["replicas": 7]
    #expect(new == expected)
  }

  @Test(
    "The quality of service follows from requests and limits",
    arguments: [
      ("{}", "BestEffort"), (#"{"requests":{"cpu":"0"}}"#, "BestEffort"),
      (#"{"requests":{"cpu":"1"}}"#, "Burstable"),
      (#"{"limits":{"cpu":"1"},"requests":{"cpu":"1"}}"#, "Burstable"),
      (
        #"{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"1000m","memory":"1024Mi"}}"#, "Guaranteed"
      ),
      (#"{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"1","memory":"1Mi"}}"#, "Burstable"),
    ])
  func quality(resources: String, expected: String) throws {
    var object: Value = [
      "metadata": [:], "spec": ["containers": [["name": "c", "resources": try JSON.parse(resources)]]],
    ]
    Strategy.prepareForCreate(&object, kind: pod)
    #expect(object["status"] == ["phase": "Pending", "qosClass": .string(expected)])
  }

  @Test("A job selects its pods by its uid, and keeps the labels that it has")
  func jobs() {
    let kind = GroupVersion(group: "batch", version: "v1").kind("Job")
    var object: Value = [
      "metadata": ["name": "j", "uid": "u", "labels": ["own": "1"]], "spec": ["template": ["metadata": [:]]],
    ]
    Strategy.prepareForCreate(&object, kind: kind)
    #expect(object["metadata"]?["labels"] == ["own": "1"])
    #expect(object["spec"]?["selector"] == ["matchLabels": ["batch.kubernetes.io/controller-uid": "u"]])
    #expect(object["spec"]?["template"]?["metadata"]?["labels"]?["job-name"] == "j")
  }

  @Test("Custom objects: the status is apart, and all else makes generations")
  func custom() {
    var made: Value = ["metadata": [:], "spec": ["a": 1], "status": ["b": 1]]
    Strategy.prepareCustomForCreate(&made, hasStatus: true)
    #expect(made == ["metadata": ["generation": 1], "spec": ["a": 1]])
    var changed: Value = ["metadata": [:], "spec": ["a": 2], "status": ["b": 2]]
    Strategy.prepareCustomForUpdate(&changed, old: made, hasStatus: true)
    #expect(changed == ["metadata": ["generation": 2], "spec": ["a": 2]])
    var reported: Value = ["metadata": ["labels": ["x": "y"]], "spec": ["a": 3], "status": ["b": 3]]
    Strategy.prepareCustomForUpdate(&reported, old: changed, hasStatus: true, subresource: "status")
    #expect(reported == ["metadata": ["generation": 2], "spec": ["a": 2], "status": ["b": 3]])
  }

  @Test("A namespace is finalized by the server and carries its name")
  func namespaces() {
    let kind = GroupVersion(group: "", version: "v1").kind("Namespace")
    var object: Value = ["metadata": ["name": "n"], "spec": [:]]
    Strategy.prepareForCreate(&object, kind: kind)
    #expect(object["spec"] == ["finalizers": ["kubernetes"]])
    #expect(object["status"] == ["phase": "Active"])
    #expect(object["metadata"] == ["name": "n", "labels": ["kubernetes.io/metadata.name": "n"]])
  }
}
