using System.Globalization;
using FluentValidation;
using FluentValidation.Internal;
using FluentValidation.Resources;

namespace Crm.Core;

/// <summary>
/// Messages of the standard validators in our words. FluentValidation fills its placeholders in what it gets from here, so these are already
/// in the language of the moment; a message given by <c>WithMessage("English sentence")</c> is translated at the edge.
/// </summary>
public sealed class ValidationTexts : ILanguageManager
{
    /// <inheritdoc/>
    public bool Enabled { get; set; } = true;

    /// <inheritdoc/>
    public CultureInfo? Culture { get; set; }

    /// <inheritdoc/>
    public string GetString(string key, CultureInfo? culture = null) => key switch
    {
        "NotEmptyValidator" or "NotNullValidator" => Texts.Get("This field is required."),
        "MaximumLengthValidator" => Texts.Get("At most {MaxLength} characters."),
        "MinimumLengthValidator" => Texts.Get("At least {MinLength} characters."),
        "LengthValidator" => Texts.Get("Between {MinLength} and {MaxLength} characters."),
        "EmailValidator" => Texts.Get("This is not a valid e-mail address."),
        "GreaterThanValidator" => Texts.Get("Must be greater than {ComparisonValue}."),
        "GreaterThanOrEqualValidator" => Texts.Get("Must be at least {ComparisonValue}."),
        "LessThanValidator" => Texts.Get("Must be less than {ComparisonValue}."),
        "LessThanOrEqualValidator" => Texts.Get("Must be at most {ComparisonValue}."),
        "InclusiveBetweenValidator" => Texts.Get("Must be between {From} and {To}."),
        "EnumValidator" => Texts.Get("Choose one of the list."),
        _ => Texts.Get("This value can't be taken."),
    };

    /// <summary>Makes these the messages of all validators.</summary>
    public static void Use()
    {
        ValidatorOptions.Global.LanguageManager = new ValidationTexts();
        ValidatorOptions.Global.MessageFormatterFactory = () => new LocalNumbers();
    }

    // Numbers in the digits of the language. The mark of direction keeps the sign before the number in a sentence from right to left.
    private sealed class LocalNumbers : MessageFormatter
    {
        public override string BuildMessage(string messageTemplate)
        {
            if (!Texts.IsPersian) return base.BuildMessage(messageTemplate);
            foreach (var (name, value) in PlaceholderValues.ToList())
            {
                if (value is not (int or long or short or double or float or decimal)) continue;
                var text = ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture);
                PlaceholderValues[name] = (text.StartsWith('-') ? "\u200e" : "") + PersianText.PersianDigits(text);
            }

            return base.BuildMessage(messageTemplate);
        }
    }
}
