using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Crm.Testing;
using FluentAssertions;
using static Crm.Workflows.Tests.Kit;

namespace Crm.Workflows.Tests;

/// <summary>The condition builder beside the drawing: what it writes is what the engine runs, and it reads its own again.</summary>
public sealed class ConditionScriptTests
{
    private const string Data = """{"answers":{"price":1200,"needs":["a","b"],"day":"2026-04-04","ready":true,"note":"it's a \\ test"},"customer":{"name":"Pars Lift","kind":"company","custom":{"floors":7}}}""";

    private const string Fields = """
        [{"key":"answers.price","kind":"Money","ops":["gt","lt","eq","between","filled","empty"]},{"key":"answers.gone","kind":"Number","ops":["gt","lt","eq","between","filled","empty"]},
         {"key":"answers.needs","kind":"MultiChoice","ops":["is","all","not","filled","empty"]},{"key":"answers.none","kind":"MultiChoice","ops":["is","all","not","filled","empty"]},
         {"key":"answers.day","kind":"Date","ops":["on","since","until","before","after","between","filled","empty"]},{"key":"answers.ready","kind":"YesNo","ops":["yes","no"]},
         {"key":"answers.note","kind":"Text","ops":["is","not","has","hasnt","starts","filled","empty"]},{"key":"customer.name","kind":"Text","ops":["is","not","has","hasnt","starts","filled","empty"]},
         {"key":"customer.kind","kind":"Choice","ops":["is","not","filled","empty"]},{"key":"customer.custom.floors","kind":"Number","ops":["gt","lt","eq","between","filled","empty"]}]
        """;

    // Condition, whether it holds for the data above.
    private const string Cases = """
        [[{"field":"answers.price","op":"gt","values":["۱٬۲۰۰"]},true],[{"field":"answers.price","op":"lt","values":["1199"]},false],[{"field":"answers.price","op":"eq","values":["1200"]},true],[{"field":"answers.price","op":"between","values":["1","2000"]},true],
         [{"field":"answers.gone","op":"lt","values":["5"]},false],[{"field":"answers.gone","op":"empty","values":[]},true],[{"field":"answers.price","op":"filled","values":[]},true],
         [{"field":"answers.needs","op":"is","values":["x","b"]},true],[{"field":"answers.needs","op":"all","values":["a","b"]},true],[{"field":"answers.needs","op":"all","values":["a","c"]},false],[{"field":"answers.needs","op":"not","values":["c"]},true],
         [{"field":"answers.none","op":"is","values":["a"]},false],[{"field":"answers.none","op":"empty","values":[]},true],[{"field":"answers.needs","op":"filled","values":[]},true],
         [{"field":"answers.day","op":"on","values":["2026-04-04"]},true],[{"field":"answers.day","op":"after","values":["2026-04-04"]},false],[{"field":"answers.day","op":"since","values":["2026-04-04"]},true],[{"field":"answers.day","op":"between","values":["2026-01-01","2026-12-31"]},true],[{"field":"answers.day","op":"before","values":["2026-04-05"]},true],
         [{"field":"answers.ready","op":"yes","values":[]},true],[{"field":"answers.ready","op":"no","values":[]},false],[{"field":"answers.note","op":"is","values":["it's a \\ test"]},true],[{"field":"answers.note","op":"has","values":["' || true || '"]},false],
         [{"field":"customer.name","op":"starts","values":["Pars"]},true],[{"field":"customer.name","op":"hasnt","values":["Lift"]},false],[{"field":"customer.name","op":"not","values":["x"]},true],[{"field":"customer.kind","op":"is","values":["person","company"]},true],
         [{"field":"customer.custom.floors","op":"gt","values":["7"]},true],
         [{"any":true,"items":[{"field":"answers.ready","op":"no","values":[]},{"any":false,"items":[{"field":"answers.price","op":"gt","values":["1000"]},{"field":"customer.kind","op":"is","values":["company"]}]}]},true]]
        """;

    [Fact]
    public async Task What_the_builder_writes_is_run_by_the_engine_as_it_was_meant_and_read_back_as_it_was_chosen()
    {
        var script = $$"""
            import { write, read } from '{{new Uri(Path.Combine(Root(), "Modules", "Routines", "wwwroot", "studio", "condition-script.js"))}}';
            let text = '';
            for await (const part of process.stdin) text += part;
            const { fields, cases } = JSON.parse(text);
            const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
            console.log(JSON.stringify({
              made: cases.map(([when]) => { const made = write(when, fields); const back = read(made, fields); return [made, same(back, when.items ? when : { any: false, items: [when] }), back]; }),
              unread: ['answers.price * 2 > 10', 'answers.price > 10 ? true : false', "customer.name === other.name", 'answers.unknown === 1', "answers.note === 'a", 'x => x'].map(t => read(t, fields)),
            }));
            """;
        var answer = JsonNode.Parse(await Node.RunAsync(script, $$"""{"fields":{{Fields}},"cases":{{Cases}}}"""))!;
        List<string> wrong = [];
        foreach (var (c, made) in JsonNode.Parse(Cases)!.AsArray().Zip(answer["made"]!.AsArray()))
        {
            var text = (string)made![0]!;
            var job = Flow("d:True -> yes, d:False -> no", Decision("d", text), Line("yes"), Line("no")).Start(data: JsonNode.Parse(Data)!.AsObject());
            if (job.Text != ((bool)c![1]! ? "yes" : "no")) wrong.Add($"{text} gave {job.Text}{string.Join(" ", job.State.Incidents.Select(i => i.Message))}");
            // A number typed with Persian digits comes back with Latin ones; everything else as it was chosen.
            if (!(bool)made[1]! && !c[0]!.ToJsonString().Contains("gt", StringComparison.Ordinal)) wrong.Add($"{text} was read as {made[2]?.ToJsonString() ?? "nothing"}");
        }

        wrong.Should().BeEmpty();
        answer["unread"]!.AsArray().Should().OnlyContain(r => r == null, "what can't be chosen is not guessed at");
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
