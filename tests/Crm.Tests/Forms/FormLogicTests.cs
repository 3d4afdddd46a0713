using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Testing;

namespace Crm.Tests.Forms;

/// <summary>Conditions, formulas and what they make of a form: one table of cases (tests/data/forms/cases.json), decided here as the server does and, by node, as the browser does.</summary>
public sealed class FormLogicTests
{
    private static readonly JsonObject s_cases = JsonNode.Parse(File.ReadAllText(Path.Combine(Root(), "tests", "data", "forms", "cases.json")))!.AsObject();
    private static readonly TimeZoneInfo s_zone = Zones.Find((string?)s_cases["zone"]);
    private static readonly DateOnly s_today = DateOnly.ParseExact((string)s_cases["today"]!, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void The_server_decides_as_the_table_says()
    {
        List<string> wrong = [];
        foreach (var c in s_cases["conditions"]!.AsArray())
        {
            var values = c!["values"]!.AsObject();
            // A condition alone is a group of one.
            var holds = c["when"]!["items"] is JsonArray { Count: 0 } ? new FormCondition(new FilterGroup(false, [])).Holds(_ => null, s_today, s_zone) : FormCondition.Read(c["when"]!.DeepClone())!.Holds(name => values[name], s_today, s_zone);
            if (holds != (bool)c["holds"]!) wrong.Add((string)c["is"]!);
        }

        foreach (var c in s_cases["formulas"]!.AsArray())
        {
            var result = Evaluate((string)c!["formula"]!, c["values"]!.AsObject());
            if (!Same(result, c["gives"])) wrong.Add($"{c["formula"]} gives {result?.ToJsonString() ?? "null"}, not {c["gives"]?.ToJsonString() ?? "null"}");
        }

        foreach (var c in s_cases["forms"]!.AsArray())
        {
            var look = Sheet(c!).Settle(c!["values"]!.AsObject().DeepClone().AsObject());
            wrong.AddRange(Differences(c!, look.Hidden, look.Required, look.Closed, look.Values));
        }

        wrong.Should().BeEmpty();
    }

    [Fact]
    public async Task The_browser_decides_the_same()
    {
        var input = s_cases.DeepClone().AsObject();
        foreach (var c in input["forms"]!.AsArray()) c!["began"] = Sheet(c!).Began.DeepClone();
        var script = $$"""
            import { holds, evaluate, settle, day, number } from '{{new Uri(Path.Combine(Root(), "BuildingBlocks", "Web", "wwwroot", "forms-logic.js"))}}';
            let text = '';
            for await (const part of process.stdin) text += part;
            const cases = JSON.parse(text);
            const at = { today: day(cases.today), zone: cases.zone };
            const cell = v => typeof v === 'string' && day(v, at.zone) !== null ? day(v, at.zone) : number(v);
            const formula = c => {
              try {
                return evaluate(c.formula, n => cell(c.values[n]), path => { const [t, x] = path.split('.'); return (c.values[t] ?? []).map(r => x === undefined ? 1 : cell(r[x])); });
              } catch { return 'unreadable'; }
            };
            console.log(JSON.stringify({
              conditions: cases.conditions.map(c => holds(c.when, n => c.values[n] ?? null, at)),
              formulas: cases.formulas.map(formula),
              forms: cases.forms.map(c => {
                const rules = { fields: c.design.sections.flatMap((s, i) => s.fields.map(f => ({ ...f, section: i }))), sections: c.design.sections };
                const s = settle(rules, c.values, c.began, c.data ?? {}, at);
                return { hidden: [...s.hidden], required: [...s.required], closed: [...s.closed], values: s.values };
              }),
            }));
            """;
        var answer = JsonNode.Parse(await Node.RunAsync(script, input.ToJsonString()))!;
        List<string> wrong = [];
        foreach (var (c, i) in s_cases["conditions"]!.AsArray().Select((c, i) => (c!, i))) if ((bool)answer["conditions"]![i]! != (bool)c["holds"]!) wrong.Add((string)c["is"]!);
        foreach (var (c, i) in s_cases["formulas"]!.AsArray().Select((c, i) => (c!, i))) if (!Same(answer["formulas"]![i], c["gives"])) wrong.Add($"{c["formula"]} gives {answer["formulas"]![i]?.ToJsonString() ?? "null"}");
        foreach (var (c, i) in s_cases["forms"]!.AsArray().Select((c, i) => (c!, i)))
        {
            var found = answer["forms"]![i]!;
            wrong.AddRange(Differences(c, Set(found["hidden"]), Set(found["required"]), Set(found["closed"]), found["values"]!.AsObject()));
        }

        wrong.Should().BeEmpty();
    }

    [Fact]
    public void What_is_typed_becomes_a_value_of_its_type_and_what_does_not_fit_is_told_by_field()
    {
        var design = FormDesign.Flat(
        [
            FormField.Make("day", "Day", FieldKind.Date) with { Min = "today" }, FormField.Make("at", "At", FieldKind.Moment), FormField.Make("clock", "Clock", FieldKind.Time), FormField.Make("price", "Price", FieldKind.Money) with { Max = "1000" },
            FormField.Make("id", "Id", FieldKind.Text) with { Check = "nationalId" }, FormField.Make("code", "Code", FieldKind.Text) with { Pattern = "[A-Z]{2}-\\d+", PatternMessage = new("کد مانند AB-12", "Like AB-12") },
            FormField.Make("many", "Many", FieldKind.MultiChoice, choices: ["a", "b", "c"]) with { Max = "2" }, FormField.Make("stars", "Stars", FieldKind.Rating) with { Max = "5" },
            FormField.Make("lines", "Lines", FieldKind.Table) with { Min = "2", Columns = [FormField.Make("what", "What", FieldKind.Text, true), FormField.Make("n", "N", FieldKind.Number)] },
        ]);
        var sheet = new FormSheet(design, new DateView("fa", CalendarKind.Jalali, s_zone), new DateTimeOffset(2026, 4, 4, 8, 0, 0, TimeSpan.Zero));
        var good = new Dictionary<string, string[]>
        {
            ["day"] = ["۱۴۰۵/۰۱/۱۶"], ["at.date"] = ["1405/01/15"], ["at.time"] = ["۱۴:۳۰"], ["clock"] = ["930"], ["price"] = ["۱٬۰۰۰"], ["id"] = ["0013542419"], ["code"] = ["AB-12"], ["many"] = ["a", "c"], ["stars"] = ["4"],
            ["lines.0.what"] = ["Rail"], ["lines.0.n"] = ["2"], ["lines.3.what"] = ["Door"], ["lines.7.what"] = [""],
        };
        var problems = new FormProblems();
        var answers = sheet.Read(good, _ => null, problems);
        problems.All.Should().BeEmpty();
        JsonNode.DeepEquals(answers, JsonNode.Parse("""
            {"day":"2026-04-05","at":"2026-04-04T11:00:00Z","clock":"09:30","price":1000,"id":"0013542419","code":"AB-12","many":["a","c"],"stars":4,"lines":[{"what":"Rail","n":2},{"what":"Door"}]}
            """)).Should().BeTrue(answers.ToJsonString());

        var bad = new Dictionary<string, string[]>
        {
            ["day"] = ["1405/01/14"], ["at.date"] = ["1405/01/15"], ["clock"] = ["25:00"], ["price"] = ["1001"], ["id"] = ["1234567890"], ["code"] = ["ab"], ["many"] = ["a", "b", "c"], ["stars"] = ["9"], ["lines.0.n"] = ["x"],
        };
        problems = new FormProblems();
        sheet.Read(bad, _ => null, problems);
        problems.All.Select(p => p.Field).Should().BeEquivalentTo("day", "at", "clock", "price", "id", "code", "many", "stars", "lines.0.n", "lines.0.what", "lines");
        problems.All.Single(p => p.Field == "code").Message.Should().Be("Like AB-12");
    }

    [Fact]
    public void A_design_says_what_is_wrong_with_it_by_place()
    {
        var design = FormDesign.Parse("""
            {"sections":[{"fields":[
              {"name":"1st","kind":"Text","label":"A"},
              {"name":"b","kind":"Choice","label":"B"},
              {"name":"b","kind":"Computed","label":"C","formula":"x +"},
              {"name":"d","kind":"Computed","label":"D","formula":"e + nothing"},
              {"name":"e","kind":"Computed","label":"E","formula":"d * 2"},
              {"name":"f","kind":"Text","label":"F","pattern":"(a)\\1","shownWhen":{"items":[{"field":"f","op":"filled"}]}},
              {"name":"g","kind":"Number","label":"","min":"5","max":"1","requiredWhen":{"items":[{"field":"zz","op":"filled"},{"field":"b","op":"gt","values":["1"]}]}}
            ]}]}
            """);
        FormCheck.Of(design).Select(w => w.Place["sections[0].".Length..]).Should().BeEquivalentTo(
            "fields[0].name", "fields[1].choices", "fields[2].name", "fields[2].formula", "fields[3].formula", "fields[3].formula", "fields[4].formula", "fields[5].pattern", "fields[5].shownWhen", "fields[6].label", "fields[6].max", "fields[6].requiredWhen", "fields[6].requiredWhen");
    }

    [Fact]
    public async Task Formulas_that_need_one_another_in_many_ways_are_looked_through_once()
    {
        // Each needs the two before it, both of which need the two before them: as many ways as two to the power of forty.
        FormField Sum(string name, string formula) => new() { Name = name, Label = new(name), Kind = FieldKind.Computed, Formula = formula };
        List<FormField> fields = [Sum("a0", "1"), Sum("b0", "1")];
        for (var i = 1; i <= 40; i++) fields.AddRange([Sum($"a{i}", $"a{i - 1} + b{i - 1}"), Sum($"b{i}", $"a{i - 1} * b{i - 1}")]);
        var looked = await Task.Run(() => FormCheck.Of(FormDesign.Flat(fields))).WaitAsync(TimeSpan.FromSeconds(20));
        looked.Should().BeEmpty();
        fields[0] = Sum("a0", "b40");
        FormCheck.Of(FormDesign.Flat(fields)).Select(w => w.Message).Should().Contain("This formula needs itself.");
    }

    [Fact]
    public void A_flat_list_of_an_earlier_release_is_a_form_of_one_section()
    {
        var old = FormDesign.Parse("""[{"name":"urgency","label":"فوریت","kind":"Choice","required":true,"choices":["عادی","فوری"]},{"name":"ready","label":"آماده؟","kind":"YesNo","required":true,"help":"نگاه کنید"}]""");
        old.Sections.Should().HaveCount(1);
        old.Fields.Select(f => (f.Name, f.Kind, f.Required, f.Help?.Fa)).Should().Equal(("urgency", FieldKind.Choice, true, null), ("ready", FieldKind.YesNo, false, "نگاه کنید"));
        // What is written is read again as it was.
        FormDesign.Parse(old.Write()).Write().Should().Be(old.Write());
    }

    private static JsonNode? Evaluate(string formula, JsonObject values)
    {
        try
        {
            var number = Formula.Evaluate(formula, n => Cell(values[n]), path => path.Split('.') is [var t, var x] ? [.. (values[t] as JsonArray ?? []).Select(r => Cell(r![x]))] : [.. (values[path] as JsonArray ?? []).Select(_ => (decimal?)1)]);
            return number is { } n ? JsonValue.Create(n) : null;
        }
        catch (FormatException)
        {
            return "unreadable";
        }

        static decimal? Cell(JsonNode? v) => v?.GetValueKind() == JsonValueKind.String && DateOnly.TryParseExact(v.ToString(), "yyyy-MM-dd", out var d) ? d.DayNumber : v?.GetValueKind() switch
        {
            JsonValueKind.Number => (decimal)v.AsValue(), JsonValueKind.True => 1, JsonValueKind.False => 0, JsonValueKind.String when CustomValues.TryNumber(v.ToString(), out var n) => n, _ => null,
        };
    }

    // Ten places are what both can tell apart.
    private static bool Same(JsonNode? found, JsonNode? wanted)
    {
        if (found is null || wanted is null) return found is null && wanted is null;
        if (wanted.GetValueKind() != JsonValueKind.Number) return found.ToJsonString() == wanted.ToJsonString();
        return found.GetValueKind() == JsonValueKind.Number && Math.Abs(decimal.Parse(found.ToJsonString(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture) - (decimal)wanted.AsValue()) < 0.00000001m;
    }

    private static IEnumerable<string> Differences(JsonNode wanted, IReadOnlySet<string> hidden, IReadOnlySet<string> required, IReadOnlySet<string> closed, JsonObject values)
    {
        if (!hidden.SetEquals(Set(wanted["hidden"]))) yield return $"{wanted["is"]}: hidden {string.Join(",", hidden)}";
        if (!required.SetEquals(Set(wanted["required"]))) yield return $"{wanted["is"]}: required {string.Join(",", required)}";
        if (!closed.SetEquals(Set(wanted["closed"]))) yield return $"{wanted["is"]}: closed {string.Join(",", closed)}";
        if (!JsonNode.DeepEquals(JsonNode.Parse(values.ToJsonString()), wanted["kept"])) yield return $"{wanted["is"]}: {values.ToJsonString()}";
    }

    private static FormSheet Sheet(JsonNode c) =>
        new(FormDesign.Parse(c["design"]!.ToJsonString()), new DateView("en", CalendarKind.Gregorian, s_zone), new DateTimeOffset(2026, 4, 4, 8, 0, 0, TimeSpan.Zero), null, c["data"]?.DeepClone().AsObject());

    private static HashSet<string> Set(JsonNode? list) => [.. list!.AsArray().Select(x => (string)x!)];

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
