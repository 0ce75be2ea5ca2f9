using Orchestrator.Text;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Tests.Expressions;

public sealed class TemplateParserTests
{
    private static Position At(int offset) => new(1, offset + 1);

    [Theory]
    [InlineData("${ a }", " a ")]
    [InlineData("${ { a: { b: 1 } } }", " { a: { b: 1 } } ")]
    [InlineData("${ '}' + \"}\" }", " '}' + \"}\" ")]
    [InlineData("${ `x${ { y: '}' }.y }}` }", " `x${ { y: '}' }.y }}` ")]
    [InlineData("${ /[}'/]/.test(a) }", " /[}'/]/.test(a) ")]
    [InlineData("${ a / b / '}' }", " a / b / '}' ")]
    [InlineData("${ 1 /* } */ }", " 1 /* } */ ")]
    [InlineData("${ a }\n", " a ")]
    public void A_lone_expression_ends_at_its_own_brace(string text, string code) =>
        Assert.Equal(code, Assert.IsType<ExpressionTemplate>(TemplateParser.Parse(text, At, _ => Assert.Fail("closed"))).Code);

    [Fact]
    public void A_text_keeps_its_constants_and_the_places_of_its_expressions()
    {
        var template = Assert.IsType<TextTemplate>(TemplateParser.Parse("a ${ b } $${c} ${d}", At, _ => Assert.Fail("closed")));

        Assert.Collection(
            template.Parts,
            part => Assert.Equal("a ", Assert.IsType<LiteralTemplate>(part).Value.GetString()),
            part => Assert.Equal((" b ", new Position(1, 5)), (Assert.IsType<ExpressionTemplate>(part).Code, part.Position)),
            part => Assert.Equal(" ${c} ", Assert.IsType<LiteralTemplate>(part).Value.GetString()),
            part => Assert.Equal(("d", new Position(1, 18)), (Assert.IsType<ExpressionTemplate>(part).Code, part.Position)));
    }

    [Theory]
    [InlineData("x ${ a", 3)]
    [InlineData("${ '}", 1)]
    [InlineData("${ { }", 1)]
    public void An_unclosed_expression_is_told_with_its_place(string text, int column)
    {
        var positions = new List<Position>();

        Assert.Equal(text, Assert.IsType<LiteralTemplate>(TemplateParser.Parse(text, At, positions.Add)).Value.GetString());

        Assert.Equal([new Position(1, column)], positions);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("$5 {x}")]
    [InlineData("")]
    public void A_text_without_expressions_is_a_constant(string text) =>
        Assert.Equal(text, Assert.IsType<LiteralTemplate>(TemplateParser.Parse(text, At, _ => { })).Value.GetString());
}
