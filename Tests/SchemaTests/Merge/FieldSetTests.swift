import Schema
import Testing
import Values

struct FieldSetTests {
  @Test func aSetIsWrittenAsFieldsV1() throws {
    let set = FieldSet(paths: [
      [.field("spec"), .field("ports"), .key(of: ["protocol": "TCP", "port": 80])],
      [.field("spec"), .field("ports"), .key(of: ["protocol": "TCP", "port": 80]), .field("name")],
      [.field("metadata"), .field("finalizers"), .value("x.io/a&b")],
      [.field("spec"), .field("args"), .index(3)],
      [.field("metadata"), .field("labels")],
      [.field("metadata"), .field("labels"), .field("app")],
    ])
    let text =
      #"{"f:metadata":{"f:finalizers":{"v:\"x.io/a\\u0026b\"":{}},"f:labels":{".":{},"f:app":{}}},"#
      + #""f:spec":{"f:args":{"i:3":{}},"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{}}}}}"#
    #expect(JSON.text(set.fieldsV1) == text)
    #expect(try FieldSet(fieldsV1: set.fieldsV1) == set)
    #expect(
      set.description.split(separator: "\n").contains(#".spec.ports[port=80,protocol="TCP"].name"#))
  }

  @Test func fieldsV1OfAFutureVersionIsReadAsFarAsItIsKnown() throws {
    let set = try FieldSet(fieldsV1: ["f:a": [:], "q:b": [:], "f:c": [".": [:], "f:d": [:]]])
    #expect(set == FieldSet(paths: [[.field("a")], [.field("c")], [.field("c"), .field("d")]]))
  }

  @Test(arguments: ["x", "xyz", "k:[]", "k:{", "v:nope", "i:one"])
  func fieldsV1WithAKeyOfNoKnownFormIsRefused(key: String) {
    #expect(throws: FieldsV1Error.self) {
      try FieldSet(fieldsV1: .object(Object([(key, Value.object([:]))])))
    }
  }

  @Test func aNumberIsOneKeyHoweverItIsWritten() {
    let path = [PathElement.field("ports"), .key(of: ["port": 80])]
    #expect(FieldSet(paths: [path]).has([.field("ports"), .key(of: ["port": 80.0])]))
  }

  @Test func textsThatOnlyLookAlikeAreTwoKeys() {
    // The same letter in one scalar and in two.
    let set = FieldSet(paths: [[.field("\u{E9}")]])
    #expect(!set.has([.field("e\u{301}")]))
  }

  @Test func operationsAgreeWithThoseOnPlainSetsOfPaths() throws {
    var random = MergeRandom(seed: 7)
    for _ in 0..<300 {
      let a = FieldSet.random(using: &random)
      let b = FieldSet.random(using: &random)
      let (x, y) = (Set(a.paths), Set(b.paths))
      #expect(Set(a.union(b).paths) == x.union(y))
      #expect(Set(a.intersection(b).paths) == x.intersection(y))
      #expect(Set(a.difference(b).paths) == x.subtracting(y))
      let below = x.filter { path in !(1...path.count).contains { y.contains(Array(path.prefix($0))) } }
      #expect(Set(a.recursiveDifference(b).paths) == below)
      let leaves = x.filter { path in !x.contains { $0.count > path.count && $0.starts(with: path) } }
      #expect(Set(a.leaves.paths) == leaves)
      #expect(a.count == x.count && a.isEmpty == x.isEmpty)
      #expect(x.allSatisfy { a.has($0) } && a.difference(a).isEmpty)
      #expect(a.union(b) == b.union(a) && a.union(a) == a)
      #expect(a.difference(b).union(a.intersection(b)) == a)
      #expect(FieldSet(paths: a.paths.shuffled(using: &random)) == a)
      #expect(try FieldSet(fieldsV1: a.fieldsV1) == a)
      #expect(try FieldSet(fieldsV1: JSON.parse(JSON.text(a.fieldsV1))) == a)
    }
  }
}

/// A generator whose numbers are the same in every run (SplitMix64).
struct MergeRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension FieldSet {
  static func random(using random: inout MergeRandom) -> FieldSet {
    let elements: [PathElement] = [
      .field("a"), .field("b\""), .field(""), .key(of: ["name": "x"]), .key(of: ["name": "x", "port": 1]),
      .value("v"), .value(2), .value(true), .index(0), .index(11),
    ]
    return FieldSet(
      paths: (0..<Int.random(in: 0...8, using: &random)).map { _ in
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
          elements.randomElement(using: &random) ?? .index(0)
        }
      })
  }
}
