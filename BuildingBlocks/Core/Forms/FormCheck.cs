using System.Globalization;
using System.Text.RegularExpressions;

namespace Crm.Core;

/// <summary>Whether a design can be filled: said when it is saved, with the place, and not to whoever fills it.</summary>
public static partial class FormCheck
{
    /// <summary>Most fields of a form, and columns of a table.</summary>
    public const int MostFields = 200;

    private static readonly DateOnly s_someDay = new(2026, 4, 4);
    private static readonly HashSet<string> s_roots = ["customer", "job", "answers"];
    private static readonly FieldKind[] s_cells = [FieldKind.Text, FieldKind.LongText, FieldKind.Number, FieldKind.Money, FieldKind.Date, FieldKind.Time, FieldKind.YesNo, FieldKind.Choice, FieldKind.Computed];

    /// <summary>Kinds that a column of a table may be of.</summary>
    public static IReadOnlyList<FieldKind> CellKinds => s_cells;

    /// <summary>What is wrong: place (<c>sections[0].fields[2].name</c>), English message (translation key), its values.</summary>
    public static IReadOnlyList<(string Place, string Message, object?[] Args)> Of(FormDesign design)
    {
        ArgumentNullException.ThrowIfNull(design);
        List<(string, string, object?[])> wrong = [];
        var all = design.Fields.ToList();
        if (all.Count > MostFields) wrong.Add(("", "At most {0} fields.", [MostFields]));
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var s = 0; s < design.Sections.Count; s++)
        {
            var section = design.Sections[s];
            Condition(section.ShownWhen, $"sections[{s}].shownWhen", null);
            for (var i = 0; i < section.Fields.Count; i++)
            {
                var f = section.Fields[i];
                var place = string.Create(CultureInfo.InvariantCulture, $"sections[{s}].fields[{i}]");
                Field(f, place, all, names, false);
                Condition(f.ShownWhen, place + ".shownWhen", f.Name);
                Condition(f.RequiredWhen, place + ".requiredWhen", null);
                Condition(f.ReadOnlyWhen, place + ".readOnlyWhen", f.Name);
            }
        }

        return wrong;

        void Add(string place, string message, params object?[] args) => wrong.Add((place, message, args));

        void Field(FormField f, string place, List<FormField> around, HashSet<string> known, bool cell)
        {
            if (!NamePattern().IsMatch(f.Name) || f.Name.Length > 60) Add(place + ".name", "Letters, digits and _ only, beginning with a letter.");
            else if (!known.Add(f.Name)) Add(place + ".name", "Two fields have this name.");
            if (f.Label.IsEmpty && f.Kind != FieldKind.CustomerField) Add(place + ".label", "Write the question.");
            if (f.Label.Fa.Length > (f.Kind == FieldKind.Note ? 4000 : 500) || f.Label.En?.Length > (f.Kind == FieldKind.Note ? 4000 : 500)) Add(place + ".label", "This is too long.");
            if (cell && !s_cells.Contains(f.Kind)) Add(place + ".kind", "A table can't have a column of this kind.");
            if (f.Kind is FieldKind.Choice or FieldKind.MultiChoice)
            {
                if (f.Choices is not { Count: > 0 } choices) Add(place + ".choices", "Write the choices, one a line.");
                else if (choices.Count > 500) Add(place + ".choices", "At most {0} of them.", 500);
                else if (choices.Any(c => string.IsNullOrWhiteSpace(c.Value)) || choices.Select(c => c.Value).Distinct(StringComparer.Ordinal).Count() < choices.Count) Add(place + ".choices", "Each choice needs a key of its own.");
            }

            if (f.Kind == FieldKind.CustomerField && string.IsNullOrEmpty(f.Of)) Add(place + ".of", "Choose a field of the customer.");
            if (f.Kind == FieldKind.Record && string.IsNullOrEmpty(f.Of)) Add(place + ".of", "Choose a kind of record.");
            if (f.Check is { Length: > 0 } check && FormChecks.Keys.All(k => k.Key != check)) Add(place + ".check", "There is no such checker.");
            if (f.Pattern is { Length: > 0 } pattern && !IsPattern(pattern)) Add(place + ".pattern", "This pattern can't be used: plain regular expressions only, without looking around or back.");
            if (f.MinLength > f.MaxLength) Add(place + ".maxLength", "The most is less than the least.");
            Limits(f, place);
            if (f.Kind == FieldKind.Computed) Formulas(f, place, around, cell);
            if (f.Kind == FieldKind.Table)
            {
                if (f.Columns is not { Count: > 0 } columns) Add(place + ".columns", "Give the table its columns.");
                else if (columns.Count > 20) Add(place + ".columns", "At most {0} of them.", 20);
                else
                {
                    var own = new HashSet<string>(StringComparer.Ordinal);
                    for (var c = 0; c < columns.Count; c++) Field(columns[c], $"{place}.columns[{c}]", [.. columns], own, true);
                }
            }
        }

        void Limits(FormField f, string place)
        {
            var days = f.Kind is FieldKind.Date or FieldKind.Moment;
            foreach (var (name, text) in new[] { ("min", f.Min), ("max", f.Max) })
            {
                if (!string.IsNullOrEmpty(text) && (days ? !FormCondition.TryDay(text, s_someDay, out _) : FormSheet.Limit(text) is null)) Add($"{place}.{name}", days ? "Write a day, or today+7." : "This is not a number.");
            }

            if (!days && FormSheet.Limit(f.Min) > FormSheet.Limit(f.Max)) Add(place + ".max", "The most is less than the least.");
            if (f.Kind == FieldKind.Rating && FormSheet.Limit(f.Max) is > 20) Add(place + ".max", "At most {0}.", 20);
        }

        void Formulas(FormField f, string place, List<FormField> around, bool cell)
        {
            if (string.IsNullOrWhiteSpace(f.Formula))
            {
                Add(place + ".formula", "Write the formula.");
                return;
            }

            try
            {
                var (fields, columns) = Formula.Names(f.Formula);
                foreach (var name in fields)
                {
                    if (around.Find(x => x.Name == name) is not { } used) Add(place + ".formula", "“{0}” is no field of this form.", name);
                    else if (used.Kind is FieldKind.Note or FieldKind.Table or FieldKind.Files or FieldKind.Picture or FieldKind.Signature or FieldKind.LongText || name == f.Name) Add(place + ".formula", "“{0}” is no number.", used.Label.IsEmpty ? name : used.Label.Value);
                }

                foreach (var path in columns)
                {
                    var parts = path.Split('.');
                    if (cell || around.Find(x => x.Name == parts[0] && x.Kind == FieldKind.Table) is not { } table || parts.Length > 2 || (parts.Length == 2 && table.Columns?.Any(c => c.Name == parts[1]) != true)) Add(place + ".formula", "“{0}” is no column of a table of this form.", path);
                }

                if (Circular(f, around, [], [])) Add(place + ".formula", "This formula needs itself.");
            }
            catch (FormatException)
            {
                Add(place + ".formula", "This formula can't be read.");
            }
        }

        // Each field is followed once: on holds the way to here, done what was found to end.
        static bool Circular(FormField f, List<FormField> around, HashSet<string> on, HashSet<string> done)
        {
            if (done.Contains(f.Name)) return false;
            if (!on.Add(f.Name)) return true;
            IReadOnlyCollection<string> used = [];
            try
            {
                (used, _) = Formula.Names(f.Formula ?? "0");
            }
            catch (FormatException)
            {
                // Said at the field itself.
            }

            if (used.Select(n => around.Find(x => x.Name == n && x.Kind == FieldKind.Computed)).OfType<FormField>().Any(x => Circular(x, around, on, done))) return true;
            on.Remove(f.Name);
            done.Add(f.Name);
            return false;
        }

        void Condition(FormCondition? condition, string place, string? itself)
        {
            foreach (var c in condition?.Conditions() ?? [])
            {
                var field = all.Find(f => f.Name == c.Field);
                if (field is null && !(c.Field.Contains('.', StringComparison.Ordinal) && s_roots.Contains(c.Field.Split('.')[0]))) Add(place, "“{0}” is no field of this form.", c.Field);
                else if (c.Field == itself) Add(place, "A field can't depend on itself.");
                else if (!(field is null ? FormOperators.OfData : FormOperators.Of(field.Kind)).Contains(c.Operator)) Add(place, "“{0}” can't be compared like this.", field?.Label.Value ?? c.Field);
                else if (FilterOperators.Values(c.Operator) is var n and > 0 && c.Values.Count(v => v.Length > 0) < (n == 2 ? 2 : 1)) Add(place, "A condition on “{0}” has no value.", field?.Label.Value ?? c.Field);
            }
        }
    }

    private static bool IsPattern(string pattern)
    {
        if (pattern.Length > 200) return false;
        try
        {
            _ = new Regex($"^(?:{pattern})$", RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1));
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^[\p{L}_][\p{L}\p{Nd}_]*$")]
    private static partial Regex NamePattern();
}
