//! `#[boxed]`: an asynchronous function whose body is compiled in the crate that writes it.
//!
//! The body of an `async fn` is compiled where it is awaited, once more in each crate that does: `clocks::advance` stood in every area.
//! Behind a boxed future the body stays at home, and who calls it compiles one call. The price is an allocation for each call, which is
//! nothing beside a round trip to the database.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{
    Error, FnArg, GenericArgument, GenericParam, Ident, ItemFn, Lifetime, LifetimeParam, Pat, PathArguments, Receiver,
    Result, ReturnType, Type, TypeParamBound, parse_macro_input, parse_quote,
    visit_mut::{self, VisitMut},
};

/// Makes of `async fn f(…) -> R` a function that returns a boxed future of `R`; those who await it notice nothing.
///
/// An argument `db: impl Into<Db<'_>>` is a `Db<'_>` in the body: the conversion is all that is compiled where it is called. Anything
/// else that is generic is refused, because it could not be compiled once.
///
/// ```
/// # use rooftree_boxed::boxed;
/// #[boxed]
/// async fn length(text: impl Into<String>, suffix: &str) -> usize {
///     text.len() + suffix.len()
/// }
/// # fn is_boxed<'a>() -> std::pin::Pin<Box<dyn Future<Output = usize> + Send + 'a>> { length("ab", "c") }
/// ```
#[proc_macro_attribute]
pub fn boxed(_options: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    expand(function).unwrap_or_else(Error::into_compile_error).into()
}

/// The one lifetime of all that is borrowed by the call.
fn borrowed() -> Lifetime {
    Lifetime::new("'boxed", Span::call_site())
}

fn expand(mut function: ItemFn) -> Result<TokenStream> {
    if function.sig.asyncness.take().is_none() {
        return Err(Error::new_spanned(&function.sig, "only an async function can be boxed"));
    }
    name_the_lifetimes(&mut function)?;
    let mut arguments = Arguments::default();
    for input in &mut function.sig.inputs {
        arguments.take(input)?;
    }
    let output = match &function.sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, output) => Type::clone(output),
    };
    let (borrowed, block, rebound) = (borrowed(), &function.block, &arguments.rebound);
    let future: Type = parse_quote!(
        ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = #output> + ::std::marker::Send + #borrowed>>
    );
    function.sig.output = parse_quote!(-> #future);
    // The first line tells the compiler what `return` and `?` return; nothing comes of it.
    let body = quote!(::std::boxed::Box::pin(async move {
        if let ::std::option::Option::Some(never) = ::std::option::Option::None::<#output> {
            #[allow(unreachable_code)]
            return never;
        }
        #(#rebound)*
        let done: #output = #block;
        #[allow(unreachable_code)]
        done
    }));
    let (attributes, visibility, signature) = (&function.attrs, &function.vis, &function.sig);
    let body = match arguments.converted {
        false => body,
        true => arguments.at_home(signature, &future, &body)?,
    };
    // A lint about the body, such as of its length, is one about what was written and not about what was made of it.
    Ok(
        quote!(#(#attributes)* #[allow(clippy::manual_async_fn, clippy::redundant_locals)] #visibility #signature { #body }),
    )
}

/// Gives every borrow the one lifetime, and lets every named lifetime outlive it.
fn name_the_lifetimes(function: &mut ItemFn) -> Result<()> {
    let borrowed = borrowed();
    for parameter in &mut function.sig.generics.params {
        match parameter {
            GenericParam::Lifetime(named) => named.bounds.push(borrowed.clone()),
            other => {
                return Err(Error::new_spanned(
                    other,
                    "what is generic cannot be compiled once: take a reference to `dyn`",
                ));
            }
        }
    }
    function.sig.generics.params.insert(0, LifetimeParam::new(borrowed.clone()).into());
    for input in &mut function.sig.inputs {
        Elided.visit_fn_arg_mut(input);
    }
    Elided.visit_return_type_mut(&mut function.sig.output);
    if let Some(FnArg::Receiver(Receiver { reference: None, .. })) = function.sig.inputs.first() {
        function.sig.generics.make_where_clause().predicates.push(parse_quote!(Self: #borrowed));
    }
    Ok(())
}

/// Writes [`borrowed`] where a lifetime was left out.
struct Elided;

impl VisitMut for Elided {
    fn visit_receiver_mut(&mut self, receiver: &mut Receiver) {
        if let Some((_, lifetime @ None)) = &mut receiver.reference {
            *lifetime = Some(borrowed());
        }
        visit_mut::visit_receiver_mut(self, receiver);
    }

    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        reference.lifetime.get_or_insert_with(borrowed);
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = borrowed();
        }
    }

    // In `Fn(&T)` and `fn(&T)` what is left out is for each call to choose.
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut syn::ParenthesizedGenericArguments) {}
    fn visit_type_bare_fn_mut(&mut self, _: &mut syn::TypeBareFn) {}
}

/// The arguments as the body gets them.
#[derive(Default)]
struct Arguments {
    /// `let mut facts = facts;`: all are moved into the future, used or not, and are dropped with it.
    rebound: Vec<TokenStream>,
    /// How each is passed on to the function that is compiled at home.
    passed: Vec<TokenStream>,
    /// That function's own arguments.
    inner: Vec<TokenStream>,
    /// One is `impl Into<…>`.
    converted: bool,
}

impl Arguments {
    fn take(&mut self, input: &mut FnArg) -> Result<()> {
        let FnArg::Typed(typed) = input else { return Ok(()) };
        let (mutable, name) = match &mut *typed.pat {
            Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
                (pattern.mutability.take(), pattern.ident.clone())
            }
            Pat::Wild(_) => {
                let name = Ident::new(&format!("unused_{}", self.inner.len()), Span::call_site());
                *typed.pat = parse_quote!(#name);
                (None, name)
            }
            other => return Err(Error::new_spanned(other, "give the argument a name and take it apart in the body")),
        };
        self.rebound.push(match name.to_string().starts_with('_') || name.to_string().starts_with("unused_") {
            true => quote!(let _unused = #name;),
            false => quote!(let #mutable #name = #name;),
        });
        match into(&typed.ty)? {
            Some(wanted) => {
                self.converted = true;
                self.inner.push(quote!(#name: #wanted));
                self.passed.push(quote!(::std::convert::Into::into(#name)));
            }
            None => {
                let given = &typed.ty;
                self.inner.push(quote!(#name: #given));
                self.passed.push(quote!(#name));
            }
        }
        Ok(())
    }

    /// The function without anything generic, inside the one that is called.
    fn at_home(&self, signature: &syn::Signature, future: &Type, body: &TokenStream) -> Result<TokenStream> {
        if let Some(receiver) = signature.receiver() {
            return Err(Error::new_spanned(
                receiver,
                "a method cannot convert its arguments: take the `Db<'_>` itself",
            ));
        }
        let (generics, inner, passed) = (&signature.generics, &self.inner, &self.passed);
        Ok(quote!(
            #[allow(clippy::too_many_arguments)]
            fn at_home #generics(#(#inner),*) -> #future { #body }
            at_home(#(#passed),*)
        ))
    }
}

/// The `T` of `impl Into<T>`; no other `impl` is taken.
fn into(given: &Type) -> Result<Option<&Type>> {
    let Type::ImplTrait(bounds) = given else { return Ok(None) };
    if bounds.bounds.len() == 1
        && let Some(TypeParamBound::Trait(only)) = bounds.bounds.first()
        && let Some(last) = only.path.segments.last()
        && last.ident == "Into"
        && let PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(GenericArgument::Type(wanted)) = arguments.args.first()
    {
        return Ok(Some(wanted));
    }
    Err(Error::new_spanned(given, "only `impl Into<T>` is converted where it is called: take a reference to `dyn`"))
}
