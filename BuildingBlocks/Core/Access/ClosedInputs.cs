using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Core;

/// <summary>
/// What a user's roles do to the fields of a record, by its declaration: on forms, in commands, on pages and in the API. Inputs, properties and parts of an answer are called like the declared field
/// (<c>Command.ResultId</c> and <c>resultId</c> are the field <c>resultId</c>).
/// </summary>
public static class ClosedInputs
{
    /// <summary>By the name of an input of a form, for <c>FieldRights.Key</c>. What stands before the first dot is the command's property on the page.</summary>
    public static Func<string, FieldRule> Of(RecordRights record, ICurrentUser me, bool adding = false)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(me);
        return input =>
        {
            var name = input[(input.IndexOf('.', StringComparison.Ordinal) + 1)..];
            var end = name.IndexOfAny(['.', '[']);
            return Find(record, end < 0 ? name : name[..end]) is { } field && !(adding && field.Begins) ? Rule(record, field, me) : FieldRule.Open;
        };
    }

    /// <summary>What the roles do to a field.</summary>
    public static FieldRule Rule(RecordRights record, RecordField field, ICurrentUser me)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(me);
        return me.Hides(record.Key, field.Name) ? FieldRule.Hidden : me.ReadOnly(record.Key, field.Name) ? FieldRule.ReadOnly : FieldRule.Open;
    }

    /// <summary>Gives closed properties of what was asked for the values that stand there: whatever a form sent in them changes nothing.</summary>
    /// <param name="asked">The command; it is changed.</param>
    /// <param name="was">What stands there, or what a new record begins with by itself.</param>
    /// <param name="record">The kind of record.</param>
    /// <param name="me">Who asks.</param>
    /// <param name="adding">A new record: what it can't begin without may be said.</param>
    public static void Keep(object asked, object was, RecordRights record, ICurrentUser me, bool adding = false)
    {
        ArgumentNullException.ThrowIfNull(asked);
        ArgumentNullException.ThrowIfNull(was);
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(me);
        if (me.IsSystem || me.Access is not { ReadOnlyFields.Count: > 0 }) return;
        foreach (var property in asked.GetType().GetProperties().Where(p => p.CanWrite && Find(record, p.Name) is { } f && Closed(record, f, me, adding)))
        {
            if (was.GetType().GetProperty(property.Name) is { } from) property.SetValue(asked, from.GetValue(was));
        }
    }

    /// <summary>Refuses a body of the API that names a closed field.</summary>
    /// <exception cref="InvalidInput">It does.</exception>
    public static void Refuse(Func<string, bool> names, RecordRights record, ICurrentUser me, bool adding = false)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(me);
        if (me.IsSystem || me.Access is not { ReadOnlyFields.Count: > 0 }) return;
        List<(string, string, object?[])> wrong = [.. record.Fields.Where(f => Closed(record, f, me, adding) && names(f.Name)).Select(f => (f.Name, "You do not have the right to change this field.", Array.Empty<object?>()))];
        if (wrong.Count > 0) throw new InvalidInput(wrong);
    }

    /// <summary>A record for the API: hidden fields are not in it.</summary>
    public static object Without(object answer, RecordRights record, ICurrentUser me, JsonSerializerOptions json)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(me);
        if (me.IsSystem || me.Access is not { HiddenFields.Count: > 0 } || !record.Fields.Any(f => me.Hides(record.Key, f.Name))) return answer;
        var node = JsonSerializer.SerializeToNode(answer, answer.GetType(), json)!.AsObject();
        foreach (var name in node.Select(p => p.Key).Where(n => Find(record, n) is { } f && me.Hides(record.Key, f.Name)).ToList()) node.Remove(name);
        return node;
    }

    private static bool Closed(RecordRights record, RecordField field, ICurrentUser me, bool adding) => !(adding && field.Begins) && me.ReadOnly(record.Key, field.Name);

    private static RecordField? Find(RecordRights record, string name) => record.Fields.FirstOrDefault(f => string.Equals(f.Name, name, StringComparison.OrdinalIgnoreCase));
}
