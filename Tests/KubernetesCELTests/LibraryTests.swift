import CEL
import Testing

@testable import KubernetesCEL

/// What expressions of Kubernetes' libraries give.
struct LibraryTests {
  private static func value(_ text: String) throws -> Result<CELValue, CELError> {
    let checked = try KubernetesCEL.base.compile(text)
    return KubernetesCEL.program(checked, KubernetesCEL.base).evaluate([:]).result
  }

  @Test(arguments: [
    "quantity('1.5G').isGreaterThan(quantity('1400M'))", "isQuantity('10Mi') && !isQuantity('ten')",
    "quantity('50k').add(20).sub(quantity('100k')).sub(-50000) == quantity('20')",
    "quantity('200M').compareTo(quantity('0.2G')) == 0", "quantity('50k').asInteger() == 50000",
    "!quantity('1500m').isInteger()", "sign(quantity('-1')) == -1",
    "url('https://example.com:80/a%20b?k=1&k=2').getQuery()['k'] == ['1', '2']",
    "url('https://[::1]:80/x').getHostname() == '::1'", "url('https://[::1]:80/x').getPort() == '80'",
    "url('/path').getHost() == ''", "!isURL('../path')",
    "url('https://a.b/c%2Fd#f').getEscapedPath() == '/c%2Fd'",
    "ip('127.0.0.1').isLoopback()", "ip('2001:db8::1').family() == 6", "!isIP('1.2.3.256')",
    "ip.isCanonical('::1') && !ip.isCanonical('0::1')", "string(ip('::1')) == '::1'",
    "type(ip('::1')) == net.IP",
    "cidr('10.0.0.0/8').containsIP('10.1.2.3')", "cidr('10.0.0.0/8').containsCIDR(cidr('10.0.0.0/8'))",
    "!cidr('10.0.0.0/8').containsCIDR('10.0.0.0/7')", "cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
    "string(cidr('10.1.2.3/8')) == '10.1.2.3/8'", "cidr('10.1.2.3/8').prefixLength() == 8",
    "'abc 123 456'.find('[0-9]+') == '123'", "'abc 123 456'.findAll('[0-9]+') == ['123', '456']",
    "'123 456'.findAll('[0-9]*?', 2) == ['', '']", "'aab'.find('a+?') == 'a'", "'xay'.find('(b|a)y') == 'ay'",
    "[1, 2, 2].isSorted() && ![2, 1].isSorted()", "[1, 3, 2].max() == 3", "['b', 'a'].min() == 'a'",
    "[1.5, 2.0].sum() == 3.5", "[duration('1s'), duration('2s')].sum() == duration('3s')",
    "[1, 2, 1].lastIndexOf(1) == 2", "['a'].indexOf('b') == -1",
    "sets.contains([1, 2, 3], [3, 1])", "sets.equivalent([1, 1], [1])", "!sets.intersects([1], [2])",
    "semver('1.2.3-alpha.1').isLessThan(semver('1.2.3'))", "semver('v1.2', true).minor() == 2",
    "isSemver('1.0.0') && !isSemver('v1.0.0') && isSemver('v1.0.0', true)",
    "semver('1.0.0+a') == semver('1.0.0+b')",
    "!format.dns1123Label().validate('a-b').hasValue()", "format.dns1123Label().validate('A').hasValue()",
    "format.named('uuid').hasValue() && !format.named('nothing').hasValue()",
    "format.dns1123LabelPrefix().validate('a-') == optional.none()",
    "[1, 2].transformList(i, v, i + v) == [1, 3]",
  ])
  func holds(_ text: String) throws {
    let result = try Self.value(text)
    #expect(result == .success(.bool(true)), "\(text)")
  }

  @Test(arguments: [
    (
      "quantity('ten')",
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    ),
    ("quantity('1500m').asInteger()", "cannot convert value to integer"),
    ("url('x')", "URL parse error during conversion from string: parse \"x\": invalid URI for request"),
    (
      "ip('1.2.3')",
      "IP Address \"1.2.3\" parse error during conversion from string: ParseAddr(\"1.2.3\"): IPv4 address too short"
    ),
    ("ip('::ffff:1.2.3.4')", "IPv4-mapped IPv6 address \"::ffff:1.2.3.4\" is not allowed"),
    (
      "cidr('10.0.0.0')",
      "network address parse error during conversion from string: netip.ParsePrefix(\"10.0.0.0\"): no '/'"
    ),
    ("[1].filter(x, x > 1).max()", "max called on empty list"),
    ("[9223372036854775807, 1].sum()", "integer overflow"),
    ("semver('1.2')", "No Major.Minor.Patch elements found"),
  ])
  func fails(_ text: String, _ message: String) throws {
    let result = try Self.value(text)
    #expect(result == .failure(CELError(message)), "\(text)")
  }

  @Test(
    arguments: [
      ("isQuantity('10Mi')", 1), ("[1, 2, 3].sum()", 3), ("sets.contains([1, 2], [1, 2])", 5),
      ("'abcdefghij'.find('a+')", 2), ("ip('127.0.0.1').isLoopback()", 2),
    ] as [(String, UInt64)])
  func costs(_ text: String, _ cost: UInt64) throws {
    let checked = try KubernetesCEL.base.compile(text)
    #expect(KubernetesCEL.program(checked, KubernetesCEL.base).evaluate([:]).cost == cost, "\(text)")
  }

  @Test func theAuthorizerIsAskedOnceForEachCheck() async throws {
    var environment = KubernetesCEL.base
    environment.declare("authorizer", .authorizer)
    let checked = try environment.compile(
      "authorizer.group('apps').resource('deployments').namespace('n').check('get').allowed() "
        + "&& !authorizer.path('/healthz').check('get').allowed()")
    let checks = AuthorizationChecks { check in
      AuthorizationAnswer(isAllowed: check.resource == "deployments")
    }
    var budget = KubernetesCEL.Limits.object
    let result = await KubernetesCEL.evaluate(
      KubernetesCEL.program(checked, environment), ["authorizer": checks.authorizer], budget: &budget,
      checks: checks)
    #expect(result == .success(.bool(true)))
    #expect(KubernetesCEL.Limits.object - budget > 700_000)
  }
}
