import CEL
import Testing

@testable import KubernetesCEL

/// What each of Kubernetes' functions costs when it is run, and at most by the estimate made before.
struct FunctionCostTests {
  private static let environment: Environment = {
    var environment = KubernetesCEL.base
    environment.add(Library.jsonPatch)
    environment.declare("text", .string)
    environment.declare("words", .list(.string))
    environment.declare("list", .list(.int))
    return environment
  }()

  /// 20 characters, 3 words of 4, 5 numbers.
  private static let activation: Activation = [
    "text": .string("abcdefghijabcdefghij"),
    "words": .values(["abcd", "efgh", "ijkl"].map(CELValue.string)),
    "list": .values([3, 1, 2, 1, 3].map(CELValue.int)),
  ]

  @Test(
    arguments: [
      // Quantities, versions: the text is gone through; all else is 1.
      ("isQuantity(text)", 3), ("quantity('12345678901').isInteger()", 3),
      ("quantity('1').add(quantity('2')) == quantity('3')", 5),
      ("quantity('1').compareTo(quantity('2')) < 0", 4),
      ("semver('1.2.3').major() == 1", 3), ("isSemver(text)", 3),
      ("semver('1.0.0').isLessThan(semver('2.0.0'))", 3),
      // Addresses.
      ("isIP(text)", 3), ("ip('127.0.0.1').family() == 4", 3), ("ip('::1') == ip('::1')", 3),
      ("ip.isCanonical('2001:db8::1')", 3), ("cidr('10.0.0.0/8').ip() == ip('10.0.0.0')", 4),
      ("cidr('10.0.0.0/8').prefixLength() == 8", 3), ("cidr('10.0.0.0/8').masked() == cidr('10.0.0.0/8')", 4),
      ("cidr('10.0.0.0/8').containsIP(ip('10.0.0.1'))", 3), ("cidr('10.0.0.0/8').containsIP('10.0.0.1')", 3),
      ("cidr('10.0.0.0/8').containsCIDR(cidr('10.0.0.0/9'))", 5),
      ("cidr('10.0.0.0/8').containsCIDR('10.0.0.0/9')", 5), ("isCIDR(text)", 3),
      // URLs.
      ("url('https://example.com/path').getHost() == 'x'", 5), ("isURL('/x')", 1),
      ("url('/x') == url('/y')", 3),
      // Texts and regular expressions.
      ("text.find('[a-c]+')", 7), ("text.findAll('[a-c]+').size() == 2", 9), ("text.lowerAscii()", 3),
      ("text.replace('a', 'bb')", 5), ("text.split('a')", 5), ("words.join('')", 4), ("text.substring(5)", 3),
      ("text.trim()", 3), ("text.indexOf('j')", 3), ("jsonpatch.escapeKey(text)", 3),
      // Lists and sets.
      ("list.sum()", 6), ("list.max()", 6), ("list.isSorted()", 6), ("words.min()", 1),
      ("list.indexOf(2)", 6),
      ("sets.contains(list, [1, 2])", 12), ("sets.equivalent(list, [1, 2])", 22),
      ("sets.intersects(list, list)", 28),
      ("list.slice(1, 3)", 14), ("list.distinct()", 62), ("list.sort()", 62), ("words.sort()", 30),
      ("lists.range(7)", 18), ("list.reverse()", 17), ("[list, list].flatten()", 25),
      // Formats: as long a regular expression as the format has.
      ("format.dns1123Label().validate(text)", 26), ("format.named('uuid').hasValue()", 2),
    ] as [(String, UInt64)])
  func costs(_ text: String, _ cost: UInt64) throws {
    let checked = try Self.environment.compile(text)
    let evaluation = KubernetesCEL.program(checked, Self.environment).evaluate(Self.activation)
    #expect(evaluation.error == nil, "\(text)")
    #expect(evaluation.cost == cost, "\(text)")
  }

  /// With texts of at most 20 characters and lists of at most 5.
  @Test(
    arguments: [
      ("isQuantity(text)", 2), ("quantity(text).add(1).isInteger()", 4), ("semver(text).minor() == 1", 4),
      ("ip(text).isLoopback()", 3), ("cidr('10.0.0.0/8').containsIP(text)", 8),
      ("cidr('10.0.0.0/8').containsCIDR(text)", 11), ("cidr('10.0.0.0/8').ip() == ip('10.0.0.0')", 4),
      ("url(text).getHost() == ''", 4), ("text.find('[a-c]+')", 7), ("text.lowerAscii().upperAscii()", 5),
      ("text.replace('a', 'bb').trim()", 9), ("text.split('').size()", 6), ("words.join(',').size()", 13),
      ("list.sum()", 6), ("words.max()", 16), ("list.sort()", 62), ("words.sort()", 65),
      ("list.distinct()", 62), ("list.slice(1, 3)", 14), ("lists.range(7)", 18), ("list.reverse()", 17),
      ("sets.contains(list, list)", 28), ("format.uuid().validate(text)", 66),
      ("format.named('uuid').hasValue()", 2), ("jsonpatch.escapeKey(text)", 3),
    ] as [(String, UInt64)])
  func estimates(_ text: String, _ most: UInt64) throws {
    let checked = try Self.environment.compile(text)
    let estimate = KubernetesCEL.estimate(checked) { node in
      switch node.path {
      case ["text"], ["words", "@items"]: SizeEstimate(min: 0, max: 20)
      case ["words"], ["list"]: SizeEstimate(min: 0, max: 5)
      default: nil
      }
    }
    #expect(estimate.max == most, "\(text)")
  }

  @Test func aCallThatCostsTooMuchIsStopped() throws {
    let checked = try Self.environment.compile(
      "lists.range(2000).all(a, lists.range(2000).all(b, a != -b - 1))")
    let evaluation = KubernetesCEL.program(checked, Self.environment)
      .evaluate(Self.activation, limits: .init(cost: KubernetesCEL.Limits.call))
    #expect(evaluation.error?.kind == .costLimitExceeded)
  }
}
