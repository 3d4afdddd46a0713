using System.Diagnostics;
using System.Text.Json.Nodes;
using FluentAssertions;
using static Crm.Workflows.Tests.Kit;

namespace Crm.Workflows.Tests;

/// <summary>Attack 11: what a process owner, or somebody who took his account, writes into expressions and texts is refused when it is saved or stopped within a second and little memory, with its place.</summary>
public class AttackTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private const long Most = 64L * 1024 * 1024;

    /// <summary>Refused when saved: the subset has no word for it.</summary>
    public static TheoryData<string> Refused() =>
    [
        // Reflection and the way to it.
        "({}).constructor.constructor('return process')()", "[].constructor", "''.constructor", "(1).constructor", "({}).__proto__", "customer.__proto__", "customer['__proto__']", "customer.constructor", "customer['constructor']", "Object.getPrototypeOf(customer)",
        "Object.prototype", "Function('return 1')()", "new Function('return 1')", "eval('1')", "globalThis", "window", "self", "this", "arguments", "Reflect.ownKeys(customer)", "new Proxy({}, {})", "Symbol.iterator", "System.IO.File.ReadAllText('/etc/passwd')", "importNamespace('System')",
        "clr.System", "typeof(System.Type)", "getType()", "customer.GetType()", "customer.getClass()", "({}).toString.constructor", "[].map.constructor", "JSON.constructor", "Math.constructor", "Date.constructor", "(() => 1).constructor",
        // Files, network, processes, time of its own.
        "require('fs')", "import('fs')", "import fs from 'fs'", "process.exit()", "fetch('http://localhost')", "new XMLHttpRequest()", "new WebSocket('ws://x')", "setTimeout(() => 1, 1)", "setInterval(() => 1, 1)", "queueMicrotask(() => 1)", "Deno.readFile('x')", "load('x.js')", "console.log(1)", "alert(1)",
        // Loops and functions that could go on for ever.
        "while (true) {}", "for (;;) {}", "do {} while (true)", "for (const x of [1]) {}", "for (const k in {}) {}", "function f() { return f() } f()", "const f = () => f(); f()", "(function () {})()", "async () => 1", "await 1", "function* g() { yield 1 }", "yield 1", "label: while (true) { break label }", "goto x",
        // Changing what is not one's own.
        "customer.name = 'x'", "variables.x = 1", "x = 1", "var x = 1; x = 2", "x++", "delete customer.name", "Object.assign(customer, {})", "Object.freeze(customer)", "Object.defineProperty(customer, 'x', {})", "customer.list.push(1)", "[1].push(2)", "[1].splice(0, 1)", "with (customer) { name }", "class A {}", "new Array(1e9)", "throw 1", "try { 1 } catch (e) { 2 }", "debugger", "void 0",
        // Regular expressions and templates of functions.
        "/(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')", "new RegExp('(a+)+$')", "RegExp('x')", "'x'.match('(a+)+$')", "'x'.matchAll('x')", "'x'.search('x')", "String.raw`x`", "tag`x`",
        // Writing that hides what it means.
        "\\u0065val('1')", "ev\\u0061l('1')", "customer?.['constr' + 'uctor']", "customer[`__proto__`]", "<!-- x", "--> x", "#!/usr/bin/env", "1 /* never closed", "'never closed", "`never ${ closed", "((((((((((", "]", "1 1", "a b c", "\0",
    ];

    /// <summary>May be saved and is stopped while it runs.</summary>
    public static TheoryData<string> Stopped() =>
    [
        "'x'.repeat(1e9)", "'x'.repeat(400000).repeat(1000)", "'x'.padStart(1e9)", "'x'.padEnd(1e9, 'y')", "'x'.repeat(400000) + 'x'.repeat(400000)", "['x'.repeat(300000), 'x'.repeat(300000)].join('x')", "'x'.repeat(300000).split('').map(c => c + c)", "'x'.repeat(1000).split('').map(a => 'x'.repeat(1000).split('').map(b => a + b))",
        "'x'.repeat(400000).replaceAll('x', 'yyyyyyyyyy')", "`${'x'.repeat(300000)}${'x'.repeat(300000)}`", "JSON.stringify('\"'.repeat(400000))", "JSON.parse('['.repeat(100000) + ']'.repeat(100000))", "JSON.parse('not json')", "'x'.repeat(1000).split('').flatMap(a => 'x'.repeat(1000).split(''))",
        "'x'.repeat(1000).split('').map(a => 'x'.repeat(1000).split('').filter(b => a == b).length)", "customer.missing.more", "null.x", "'x'.repeat(-1)", "'x'.repeat(Infinity)", "[1].reduce((a, b) => a)[0].x.y", "new Date('nonsense').toISOString()", "(1.5).toFixed(1000)", "customer.name()", "customer()", "'x'()",
    ];

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_word_that_the_subset_has_not_is_refused_when_it_is_saved_or_gives_nothing(string script)
    {
        var definition = Definition(Flowchart("flow", "", Activity("WriteLine", "Say it", ("text", Script(script, "String")))), ("x", "Object", null));
        var found = Within(() => WorkflowValidator.Validate(definition, Catalog, new HashSet<string> { "customer" }));
        var error = found.FirstOrDefault(m => m.Severity == ValidationSeverity.Error);
        if (error is not null)
        {
            (error.ActivityName, error.PropertyName).Should().Be(("Say it", "text"));
            error.Position.Should().NotBeNull("{0} is refused with its place", script);
            error.Text.Should().NotBeEmpty();
            return;
        }

        // A member of data that happens to be called so is data: there is nothing behind it.
        var job = Within(() => definition.Start(data: new JsonObject { ["customer"] = new JsonObject { ["name"] = "x" } }));
        job.Text.Should().BeOneOf("", "null", "undefined");
    }

    [Theory]
    [MemberData(nameof(Stopped))]
    public void What_grows_or_breaks_is_stopped_within_a_second_and_64_MB_and_others_go_on(string script)
    {
        var definition = Definition(Flowchart("flow", "start -> bad, start -> good", Line("start"), Activity("SetVariable", "bad", ("variable", new JsonObject { ["id"] = "var-x", ["name"] = "x" }), ("value", Script(script))), Line("good")), ("x", "Object", null));
        if (Within(() => WorkflowValidator.Validate(definition, Catalog)).Any(m => m.Severity == ValidationSeverity.Error)) return;
        var job = Within(() => definition.Start(data: new JsonObject { ["customer"] = new JsonObject { ["name"] = "x", ["list"] = new JsonArray() } }));
        job.Lines.Should().Contain("good");
        if (job.State.Incidents.Count == 0)
        {
            // Quick enough and small enough: then it is no attack, and its value is small too.
            job.State.ToUtf8().Length.Should().BeLessThan(3 * 1024 * 1024);
            return;
        }

        job.State.Incidents.Should().ContainSingle().Which.Kind.Should().Be(IncidentKind.ExpressionFailed);
        job.State.Incidents[0].Text.Should().NotBeEmpty().And.NotContain("Exception").And.NotContain(" at ");
    }

    public static TheoryData<string> Texts() =>
    [
        "{{#each customer}}x{{/each}}", "{{> partial}}", "{% include 'secret' %}", "{% for i in (1..1000000000) %}x{% endfor %}", "{{ customer.constructor }}", "{{ customer.__proto__ }}", "{{lookup customer 'constructor'}}", "{{ 'x' | append: customer }}", "{{ customer.name | nosuchfilter }}", "{{{{raw}}}}", "{{", "{{}}", "{{ }}", "{{!-- x", "{{ a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p }}",
        "{{ customer.name | date: '%' }}", "{{ customer.name | truncate: 99999999999999999999 }}", "{{ \"never closed }}", "{{ customer['x'] }}", "{{helper (helper2 1) }}", "{{@root}}", "{{../../x}}", "{{this}}", "{{ system.env.PATH }}", "{{ 1 | round: 400 }}",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_text_fills_in_what_it_was_given_and_nothing_else(string text)
    {
        var definition = Definition(Flowchart("flow", "", Activity("WriteLine", "say", ("text", Expression("Liquid", text, "String")))));
        var found = Within(() => WorkflowValidator.Validate(definition, Catalog, new HashSet<string> { "customer" }));
        if (found.Any(m => m.Severity == ValidationSeverity.Error)) return;
        var job = Within(() => definition.Start(data: new JsonObject { ["customer"] = new JsonObject { ["name"] = "x" } }));
        job.Text.Length.Should().BeLessThan(200);
        job.Text.Should().NotContain("System.").And.NotContain("/root").And.NotContain("function");
    }

    [Theory]
    [InlineData(30_000)]
    [InlineData(100_000)]
    public void A_source_that_is_too_long_or_too_deep_is_refused(int length)
    {
        foreach (var script in (string[])[new string('1', length), string.Concat(Enumerable.Repeat("(", length)), string.Concat(Enumerable.Repeat("[", length)), "1" + string.Concat(Enumerable.Repeat("+1", length)), string.Concat(Enumerable.Repeat("a.", length)) + "a", string.Concat(Enumerable.Repeat("!", length)) + "1", "`" + string.Concat(Enumerable.Repeat("${`", length))])
        {
            var found = Within(() => WorkflowValidator.Validate(Flow("", Activity("WriteLine", "say", ("text", Script(script, "String")))), Catalog));
            found.Should().Contain(m => m.Severity == ValidationSeverity.Error && m.Position != null);
        }
    }

    [Fact]
    public void A_thousand_expensive_expressions_in_one_burst_are_stopped_too()
    {
        // Each is within its own limits; a loop around it is within the limit of steps of a burst.
        var loop = Activity("While", "loop", ("condition", Script("true", "Boolean")), ("body", Activity("SetVariable", "make", ("variable", new JsonObject { ["id"] = "var-x", ["name"] = "x" }), ("value", Script("'x'.repeat(1000)")))));
        var job = Within(() => Definition(loop, ("x", "Object", null)).Start());
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Faulted);
        job.State.Incidents.Should().ContainSingle(i => i.Kind == IncidentKind.StepLimit);
    }

    [Fact]
    public void A_variable_that_doubles_itself_in_a_loop_stops_at_the_longest_text()
    {
        var loop = Activity("While", "loop", ("condition", Script("true", "Boolean")), ("body", Activity("SetVariable", "double", ("variable", new JsonObject { ["id"] = "var-x", ["name"] = "x" }), ("value", Script("variables.x + variables.x")))));
        var job = Within(() => Definition(loop, ("x", "String", "xxxxxxxx")).Start());
        job.State.Incidents.Should().ContainSingle(i => i.Kind == IncidentKind.ExpressionFailed);
        job.State.ToUtf8().Length.Should().BeLessThan(2 * 1024 * 1024);
    }

    // Time of the thread and what it allocated: other tests run beside it.
    private static T Within<T>(Func<T> act)
    {
        T result = default!;
        long used = 0;
        Exception? thrown = null;
        var clock = new Stopwatch();
        var thread = new Thread(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            clock.Start();
            try
            {
                result = act();
            }
            catch (Exception e)
            {
                thrown = e;
            }

            clock.Stop();
            used = GC.GetAllocatedBytesForCurrentThread() - before;
        }, 1024 * 1024);
        thread.Start();
        thread.Join();
        if (thrown is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(thrown);
        // The machine is shared: the limit is the attack's, five times over.
        clock.Elapsed.Should().BeLessThan(Second * 5);
        used.Should().BeLessThan(Most);
        return result;
    }
}
