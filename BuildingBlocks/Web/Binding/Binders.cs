using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Crm.Core;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ModelBinding.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>Reads what people type: digits of any script, both calendars, separators; and says clearly what can't be read.</summary>
internal sealed class TypedTextBinderProvider : IModelBinderProvider
{
    public IModelBinder? GetBinder(ModelBinderProviderContext context)
    {
        if (context.BindingInfo.BindingSource is { } source
            && (source.CanAcceptDataFrom(BindingSource.Body) || source.CanAcceptDataFrom(BindingSource.Header) || source.CanAcceptDataFrom(BindingSource.Services))) return null;
        var type = context.Metadata.UnderlyingOrModelType;
        if (type == typeof(string)) return new StringBinder(context.Metadata.DataTypeName);
        if (type == typeof(Dictionary<string, string[]>)) return new AnswersBinder<string[]>(texts => texts);
        if (type == typeof(Dictionary<string, List<string?>>)) return new AnswersBinder<List<string?>>(texts => [.. texts]);
        if (type == typeof(DateOnly)) return new DateBinder();
        if (type == typeof(TimeOnly)) return new TimeBinder();
        if (type == typeof(DateTimeOffset)) return new MomentBinder();
        if (type == typeof(int) || type == typeof(long) || type == typeof(short) || type == typeof(decimal) || type == typeof(double)) return new NumberBinder(type);
        return null;
    }
}

internal sealed class StringBinder(string? dataType) : IModelBinder
{
    public Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var value = bindingContext.ValueProvider.GetValue(bindingContext.ModelName);
        if (value == ValueProviderResult.None) return Task.CompletedTask;
        bindingContext.ModelState.SetModelValue(bindingContext.ModelName, value);
        var text = value.FirstValue;
        var clean = dataType is nameof(DataType.Password) or nameof(DataType.Html) or "Verbatim"
            ? (string.IsNullOrEmpty(text) ? null : text)
            : PersianText.Clean(text, multiline: dataType == nameof(DataType.MultilineText));
        if (dataType == nameof(DataType.Password)) bindingContext.ModelState.SetModelValue(bindingContext.ModelName, null, null);
        bindingContext.Result = ModelBindingResult.Success(clean);
        return Task.CompletedTask;
    }
}

/// <summary>Answers of a designed form and values of custom fields, by field. Which of them are texts of several lines only their definitions know: line ends stay here, and these take them out of what is one line.</summary>
internal sealed class AnswersBinder<T>(Func<string[], T> texts) : IModelBinder
{
    public Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var answers = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var (field, name) in (bindingContext.ValueProvider as IEnumerableValueProvider)?.GetKeysFromPrefix(bindingContext.ModelName) ?? new Dictionary<string, string>())
        {
            var value = bindingContext.ValueProvider.GetValue(name);
            if (value == ValueProviderResult.None) continue;
            bindingContext.ModelState.SetModelValue(name, value);
            answers[field] = texts([.. value.Select(v => PersianText.Clean(v, multiline: true) ?? "")]);
        }

        if (answers.Count == 0) return Task.CompletedTask;
        // The form itself says what is wrong with them.
        bindingContext.ValidationState[answers] = new() { Key = bindingContext.ModelName, SuppressValidation = true };
        bindingContext.Result = ModelBindingResult.Success(answers);
        return Task.CompletedTask;
    }
}

internal abstract class TypedBinder<T> : IModelBinder
{
    public Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var name = bindingContext.ModelName;
        var value = bindingContext.ValueProvider.GetValue(name);
        if (value == ValueProviderResult.None) return Task.CompletedTask;
        bindingContext.ModelState.SetModelValue(name, value);
        var text = value.FirstValue?.Trim();
        if (string.IsNullOrEmpty(text))
        {
            if (bindingContext.ModelMetadata.IsReferenceOrNullableType) bindingContext.Result = ModelBindingResult.Success(null);
            else bindingContext.ModelState.TryAddModelError(name, Texts.Get("This field is required."));
            return Task.CompletedTask;
        }

        if (TryRead(text, bindingContext, out var model)) bindingContext.Result = ModelBindingResult.Success(model);
        else bindingContext.ModelState.TryAddModelError(name, Complaint(bindingContext));
        return Task.CompletedTask;
    }

    protected abstract bool TryRead(string text, ModelBindingContext context, [NotNullWhen(true)] out object? model);

    protected abstract string Complaint(ModelBindingContext context);

    protected static DateView Dates(ModelBindingContext context) => context.HttpContext.RequestServices.GetRequiredService<DateView>();
}

internal sealed class DateBinder : TypedBinder<DateOnly>
{
    protected override bool TryRead(string text, ModelBindingContext context, [NotNullWhen(true)] out object? model)
    {
        var read = Calendars.TryParse(text, Dates(context).Calendar, out var date);
        model = read ? date : null;
        return read;
    }

    protected override string Complaint(ModelBindingContext context) => DateMessage(Dates(context));

    public static string DateMessage(DateView dates) =>
        Texts.Get("This is not a date. Write it like {0}.", dates.Day(new DateOnly(2026, 4, 4)));
}

internal sealed class TimeBinder : TypedBinder<TimeOnly>
{
    protected override bool TryRead(string text, ModelBindingContext context, [NotNullWhen(true)] out object? model)
    {
        var read = TryReadTime(text, out var time);
        model = read ? time : null;
        return read;
    }

    protected override string Complaint(ModelBindingContext context) => Message();

    public static string Message() => Texts.Get("This is not a time. Write it like {0}.", PersianText.Digits("14:30"));

    /// <summary>14:30, ۱۴:۳۰, 14.30, 1430, 9.</summary>
    public static bool TryReadTime(string text, out TimeOnly time)
    {
        time = default;
        var t = PersianText.LatinDigits(text.Trim()).Replace('.', ':').Replace('٫', ':');
        if (t.Length is 3 or 4 && !t.Contains(':', StringComparison.Ordinal)) t = t[..^2] + ":" + t[^2..];
        var parts = t.Split(':');
        if (parts.Length > 3 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var h) || h > 23) return false;
        var m = 0;
        var s = 0;
        if (parts.Length > 1 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out m) || m > 59)) return false;
        if (parts.Length > 2 && (!int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out s) || s > 59)) return false;
        time = new TimeOnly(h, m, s);
        return true;
    }
}

/// <summary>A moment: <c>X.date</c> and <c>X.time</c> in the user's calendar and zone, or one ISO 8601 value with its offset.</summary>
internal sealed class MomentBinder : IModelBinder
{
    public Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var name = bindingContext.ModelName;
        var dates = bindingContext.HttpContext.RequestServices.GetRequiredService<DateView>();
        var day = bindingContext.ValueProvider.GetValue(name + ".date");
        if (day == ValueProviderResult.None)
        {
            var whole = bindingContext.ValueProvider.GetValue(name);
            if (whole == ValueProviderResult.None) return Task.CompletedTask;
            bindingContext.ModelState.SetModelValue(name, whole);
            if (string.IsNullOrWhiteSpace(whole.FirstValue)) Missing(bindingContext);
            else if (DateTimeOffset.TryParse(whole.FirstValue, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)) bindingContext.Result = ModelBindingResult.Success(moment.ToUniversalTime());
            else bindingContext.ModelState.TryAddModelError(name, DateBinder.DateMessage(dates));
            return Task.CompletedTask;
        }

        var clock = bindingContext.ValueProvider.GetValue(name + ".time");
        // Kept under their own names, so that the page shown again has what was typed.
        bindingContext.ModelState.SetModelValue(name + ".date", day);
        if (clock != ValueProviderResult.None) bindingContext.ModelState.SetModelValue(name + ".time", clock);
        var (d, t) = (day.FirstValue?.Trim() ?? "", clock.FirstValue?.Trim() ?? "");
        if (d.Length == 0 && t.Length == 0) Missing(bindingContext);
        else if (!Calendars.TryParse(d, dates.Calendar, out var date)) bindingContext.ModelState.TryAddModelError(name, DateBinder.DateMessage(dates));
        else if (t.Length == 0) bindingContext.ModelState.TryAddModelError(name, Texts.Get("Give the time as well."));
        else if (!TimeBinder.TryReadTime(t, out var time)) bindingContext.ModelState.TryAddModelError(name, TimeBinder.Message());
        else bindingContext.Result = ModelBindingResult.Success(dates.Moment(date, time));
        return Task.CompletedTask;
    }

    private static void Missing(ModelBindingContext context)
    {
        if (context.ModelMetadata.IsReferenceOrNullableType) context.Result = ModelBindingResult.Success(null);
        else context.ModelState.TryAddModelError(context.ModelName, Texts.Get("This field is required."));
    }
}

internal sealed class NumberBinder(Type type) : TypedBinder<decimal>
{
    protected override bool TryRead(string text, ModelBindingContext context, [NotNullWhen(true)] out object? model)
    {
        model = null;
        var t = Plain(text);
        const NumberStyles whole = NumberStyles.AllowLeadingSign;
        if (type == typeof(int) && int.TryParse(t, whole, CultureInfo.InvariantCulture, out var i)) model = i;
        else if (type == typeof(long) && long.TryParse(t, whole, CultureInfo.InvariantCulture, out var l)) model = l;
        else if (type == typeof(short) && short.TryParse(t, whole, CultureInfo.InvariantCulture, out var s)) model = s;
        else if (type == typeof(decimal) && decimal.TryParse(t, whole | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var m)) model = m;
        else if (type == typeof(double) && double.TryParse(t, whole | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var d) && double.IsFinite(d)) model = d;
        return model is not null;
    }

    protected override string Complaint(ModelBindingContext context) =>
        Texts.Get(type == typeof(decimal) || type == typeof(double) ? "This is not a number." : "This is not a whole number.");

    /// <summary>«۱٬۲۵۰٬۰۰۰ » and «1,250,000» → 1250000; «۱۲٫۵» → 12.5.</summary>
    public static string Plain(string text)
    {
        Span<char> kept = stackalloc char[Math.Min(text.Length, 64)];
        var n = 0;
        foreach (var c in PersianText.LatinDigits(text))
        {
            if (c is ',' or '٬' or '،' or ' ' or '\u00A0' or '\u200C' or '\u200E' or '\u200F' or '\u202F') continue;
            if (n == kept.Length) return text;
            kept[n++] = c switch { '٫' => '.', '−' or '–' => '-', _ => c };
        }

        return new string(kept[..n]);
    }
}

/// <summary>Messages of the framework's own binders, in the language of the moment.</summary>
internal static class BindingMessages
{
    public static void Use(DefaultModelBindingMessageProvider messages)
    {
        messages.SetAttemptedValueIsInvalidAccessor((_, _) => Texts.Get("This value can't be taken."));
        messages.SetNonPropertyAttemptedValueIsInvalidAccessor(_ => Texts.Get("This value can't be taken."));
        messages.SetUnknownValueIsInvalidAccessor(_ => Texts.Get("This value can't be taken."));
        messages.SetNonPropertyUnknownValueIsInvalidAccessor(() => Texts.Get("This value can't be taken."));
        messages.SetValueIsInvalidAccessor(_ => Texts.Get("This value can't be taken."));
        messages.SetValueMustBeANumberAccessor(_ => Texts.Get("This is not a number."));
        messages.SetNonPropertyValueMustBeANumberAccessor(() => Texts.Get("This is not a number."));
        messages.SetValueMustNotBeNullAccessor(_ => Texts.Get("This field is required."));
        messages.SetMissingBindRequiredValueAccessor(_ => Texts.Get("This field is required."));
        messages.SetMissingKeyOrValueAccessor(() => Texts.Get("This field is required."));
        messages.SetMissingRequestBodyRequiredValueAccessor(() => Texts.Get("This field is required."));
    }
}
